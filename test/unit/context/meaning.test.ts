/** Pages that come back by what they mean, with the built-in embedder's real file. */
import { readFile } from 'node:fs/promises'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { countIn, digestOf, hashOf, readDigest } from '../../../kernel/core/context/page-digest.ts'
import { QUOTED } from '../../../kernel/core/context/render.ts'
import type { AnswerWindow } from '../../../kernel/core/context/service.ts'
import { WordVectors } from '../../../kernel/core/memory/search/word-vectors.ts'
import { wordsOf } from '../../../kernel/core/memory/search/words.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createDyingDatabase } from '../agents/harness.ts'
import { boot, Talk, turnsOf, words as unheard } from './harness.ts'

const FILE = new URL('../../../wasm/words/words.bin', import.meta.url)
let words: WordVectors
beforeAll(async () => void (words = WordVectors.parse(new Uint8Array(await readFile(FILE)))))

const quoted = ({ messages }: AnswerWindow): string[] =>
  messages.flatMap(({ content }) => (content.startsWith(QUOTED) ? [content.slice(QUOTED.length + 1)] : []))

async function chat(talk: Talk, exchanges: number, from = 0): Promise<void> {
  for (let n = from; n < from + exchanges; n += 1) {
    await talk.say({ question: unheard(`q${n}x`, 9), answer: unheard(`a${n}x`, 9) })
  }
}

const SAID = [
  { question: 'My car is in the garage until Tuesday.', answer: 'Noted.' },
  { question: "Ann's car is a red one.", answer: 'Nice.' },
  { question: 'The doctor wants to see me on 3 March.', answer: 'I will remind you.' },
  { question: 'I like the sea.', answer: 'What is the name of your dog?' },
  { question: 'Rosa.', answer: 'A good name.' },
]

async function longTalk(): Promise<Talk> {
  const talk = await Talk.begin(await boot({ words }))
  for (const one of SAID) await talk.say(one)
  await chat(talk, 40)
  return talk
}

describe('a page that is out', () => {
  it('comes back for a question in other words', async () => {
    const talk = await longTalk()
    expect(quoted(await talk.say({ question: 'Where is my automobile?', answer: 'a' }))).toEqual([SAID[0]?.question])
  })

  it('comes back for a bare answer by what the assistant had asked', async () => {
    const talk = await longTalk()
    const window = await talk.say({ question: 'What is my dog called?', answer: 'a' })
    expect(window.messages.map(({ content }) => content).join()).toContain('Rosa.')
  })

  it('stays out when it is about what is somebody else’s', async () => {
    const mine = await (await longTalk()).say({ question: 'Where is my car?', answer: 'a' })
    expect(quoted(mine)).toEqual([SAID[0]?.question])
    const hers = await (await longTalk()).say({ question: "What colour is Ann's car?", answer: 'a' })
    expect(quoted(hers)).toEqual([SAID[1]?.question])
  })

  it('stays out when nothing of the question is in it', async () => {
    const talk = await longTalk()
    expect(quoted(await talk.say({ question: 'How do I bake bread?', answer: 'a' }))).toEqual([])
  })

  it('comes back alone: not what was said between two that do', async () => {
    const talk = await Talk.begin(await boot({ words, contextTokens: 2_000 }))
    await talk.say({ question: 'The ferry to Elba leaves at nine', answer: 'Noted.' })
    await chat(talk, 3)
    await talk.say({ question: 'On Sundays the ferry to Elba leaves at ten', answer: 'Noted.' })
    const out = async (): Promise<number> => {
      const { pages } = await talk.kernel.call('context.window', { agent: 'a' })
      return pages.slice(0, 5).filter(({ state }) => state === 'out').length
    }
    for (let n = 3; (await out()) < 5; n += 1) await chat(talk, 1, n)
    const window = await talk.say({ question: 'When does the ferry to Elba leave?', answer: 'a' })
    expect(quoted(window).length).toBe(2)
    const between = window.messages.map(({ content }) => content).slice(1, 12)
    expect(between.join()).not.toContain('q0x0')
  })
})

/** Counts the turns that are read. */
function counting(database: Database): Database & { turns: number } {
  const counted = {
    ...database,
    turns: 0,
    list: async (...args: Parameters<Database['list']>) => {
      const records = await database.list(...args)
      if (args[0] === 'turns') counted.turns += records.length
      return records as never
    },
  }
  return counted
}

/** Resolves once what is written behind is stored. */
const whenStored = (talk: Talk): Promise<void> =>
  expect
    .poll(async () => (await talk.kernel.database.list('pages')).filter(({ digest }) => digest !== null).length)
    .toBeGreaterThan(20)

describe('another kernel, weeks later', () => {
  it('finds the page without reading what is out again', async () => {
    const talk = await longTalk()
    await talk.say({ question: 'How do I bake bread?', answer: 'a' })
    await whenStored(talk)
    const database = counting(talk.kernel.database)
    const next = new Talk(await boot({ database, words }), talk.agent, 92)
    const window = await next.say({ question: 'Where is my automobile?', answer: 'a' })
    expect(quoted(window)).toEqual([SAID[0]?.question])
    // What is in the window, the newest turns, and the few pages that were compared with the question.
    expect(database.turns).toBeLessThan(60)
    const stored = await talk.kernel.database.list('pages')
    const out = stored.filter(({ state, from }) => state === 'out' && from < 80)
    expect(out.length).toBeGreaterThan(20)
    expect(out.every(({ digest }) => digest !== null && readDigest(digest, words) !== null)).toBe(true)
  })

  it('makes anew what another embedder, an older version or a flipped bit left', async () => {
    const talk = await longTalk()
    await talk.say({ question: 'How do I bake bread?', answer: 'a' })
    await whenStored(talk)
    const { database } = talk.kernel
    const pages = await database.list('pages')
    const spoilt = pages.map((page, n) => {
      const digest = page.digest ? Uint8Array.from(page.digest) : null
      if (digest) digest[[0, 4, 8][n % 3] ?? 0] = (digest[[0, 4, 8][n % 3] ?? 0] ?? 0) ^ 1
      return { op: 'put', store: 'pages', value: { ...page, digest } } as const
    })
    await database.commit(spoilt, 'strict')
    const next = new Talk(await boot({ database, words }), talk.agent, 92)
    expect(quoted(await next.say({ question: 'Where is my automobile?', answer: 'a' }))).toEqual([SAID[0]?.question])
  })

  it('goes by words while the embedder is not to be had, and by meaning again once it is', async () => {
    const talk = await longTalk()
    const without = new Talk(await boot({ database: talk.kernel.database }), talk.agent, 90)
    expect(quoted(await without.say({ question: 'Where is my automobile?', answer: 'a' }))).toEqual([])
    const again = new Talk(await boot({ database: talk.kernel.database, words }), talk.agent, 92)
    expect(quoted(await again.say({ question: 'Where is my vehicle?', answer: 'a' }))).toEqual([SAID[0]?.question])
    const other = await longTalk()
    const alone = new Talk(await boot({ database: other.kernel.database }), other.agent, 90)
    expect(quoted(await alone.say({ question: 'Is the car in the garage?', answer: 'a' }))).toEqual([SAID[0]?.question])
  })
})

describe('a kernel that dies at any commit of evicting and bringing back', () => {
  it('leaves digests that say what their pages do, and the next one finds the same', async () => {
    for (let at = 0; at < 60; at += 1) {
      const database = createMemoryDatabase()
      const dying = createDyingDatabase(database, at, at % 2 === 0)
      const live = async (): Promise<void> => {
        const talk = await Talk.begin(await boot({ database: dying, words, contextTokens: 500 }))
        await talk.say({ question: 'My car is in the garage until Tuesday.', answer: 'Noted.' })
        await chat(talk, 12)
        await talk.say({ question: 'Where is my automobile?', answer: 'In the garage.' })
        await chat(talk, 4, 12)
      }
      await Promise.race([live(), dying.dead])
      const turns = await turnsOf(database)
      for (const { from, to, digest } of await database.list('pages')) {
        if (digest === null) continue
        const text = turns.filter(({ index }) => index >= from && index <= to).map(({ text }) => text)
        expect(digest).toEqual(digestOf(text.join('\n'), words))
      }
      const next = new Talk(
        await boot({ database, words, contextTokens: 500 }),
        undefined,
        (turns.at(-1)?.index ?? -1) + 1,
      )
      await chat(next, 10, 20)
      const window = await next.say({ question: 'Where is my vehicle?', answer: 'a' })
      if (turns.length > 0)
        expect(window.messages.map(({ content }) => content).join()).toContain('My car is in the garage')
    }
  }, 60_000)
})

describe('a digest', () => {
  it('by another file of word vectors is not read, also when that had as many words and dimensions', () => {
    const bytes = digestOf('my car is in the garage', words)
    expect(readDigest(bytes, words)).not.toBeNull()
    // What editions were told apart by before they had a number in the digest.
    new DataView(bytes.buffer).setUint32(8, words.size * 1_021 + words.dimensions, true)
    expect(readDigest(bytes, words)).toBeNull()
    expect(readDigest(bytes, null)).not.toBeNull()
  })

  it('says of every word how often it is in a text, and nothing of others', () => {
    const text = fc.array(fc.constantFrom('car', 'cars', 'Ann', 'river', '42', 'été'), { maxLength: 40 })
    fc.assert(
      fc.property(text, (parts) => {
        const digest = readDigest(digestOf(parts.join(' '), words), words)
        const all = wordsOf(parts.join(' '))
        expect(digest?.length).toBe(all.length)
        for (const word of new Set([...all, 'other'])) {
          expect(digest && countIn(digest, hashOf(word))).toBe(all.filter((one) => one === word).length)
        }
      }),
    )
  })

  it('is null for bytes that are not one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(readDigest(bytes, words)).toBeNull()
      }),
    )
  })
})
