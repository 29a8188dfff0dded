/**
 * Paging over a long conversation in the browser's own database, with the built-in embedder's real file. The made-up talk stands
 * for runs; no model is asked.
 */
import { deleteDB } from 'idb'
import { expect, test } from 'vitest'
import wordsUrl from '../../wasm/words/words.bin?url'
import { QUOTED } from '../../kernel/core/context/render.ts'
import { WordVectors } from '../../kernel/core/memory/search/word-vectors.ts'
import { openIdbDatabase } from '../../kernel/drivers/idb/database.ts'
import { boot, Talk, words } from '../unit/context/harness.ts'

const EXCHANGES = 2_500

/** Longest time between two turns of the event loop until it is stopped, in milliseconds. */
function watchLoop(): () => number {
  const { port1, port2 } = new MessageChannel()
  let longest = 0
  let last = performance.now()
  port1.onmessage = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    port2.postMessage(null)
  }
  port2.postMessage(null)
  return () => {
    port1.close()
    return longest
  }
}

test('a conversation of 5,000 turns is paged once, and from then on only what a window shows is read', async () => {
  const embedder = WordVectors.parse(new Uint8Array(await (await fetch(wordsUrl)).arrayBuffer()))
  const name = `test-${crypto.randomUUID()}`
  const database = await openIdbDatabase(name)
  const before = await Talk.begin(await boot({ database }))
  for (let n = 0; n < EXCHANGES; n += 50) {
    const turns = Array.from({ length: 50 }, (_, place) => [
      before.turn('user', n + place === 3 ? 'The ferry to Elba leaves at nine' : words(`q${n + place}x`, 20)),
      before.turn('assistant', words(`a${n + place}x`, 40)),
    ])
    await before.put(...turns.flat())
  }

  const measured: string[] = []
  const measure = async (what: string, talk: Talk, question: string): Promise<void> => {
    await talk.put(talk.turn('user', question))
    const stop = watchLoop()
    const began = performance.now()
    await talk.answer(null)
    const ms = performance.now() - began
    measured.push(`${what} ${ms.toFixed(1)} ms (${stop().toFixed(1)} at a stretch)`)
  }
  const talk = new Talk(await boot({ database, words: embedder, contextTokens: 4_096 }), undefined, 2 * EXCHANGES)
  await measure('first question, all pages made and indexed', talk, 'How are you?')
  await measure('second', talk, 'Thank you')
  await measure('one that brings a page back', talk, 'When does the ferry to Elba leave?')
  await measure('fourth', talk, 'Fine')
  const said = `${QUOTED}\nThe ferry to Elba leaves at nine`
  expect(talk.windows[2]?.messages.map(({ content }) => content)).toContain(said)
  // What is written behind has to be stored before another kernel reads it.
  const indexed = async (): Promise<number> =>
    (await database.list('pages')).filter(({ digest }) => digest !== null).length
  await expect.poll(indexed).toBeGreaterThan(EXCHANGES - 200)
  for (const { tokens } of talk.windows) expect(tokens).toBeLessThanOrEqual(4_096)

  const next = new Talk(await boot({ database, words: embedder, contextTokens: 4_096 }), undefined, 2 * EXCHANGES + 4)
  await measure('first after a restart', next, 'Hello again')
  await measure('one that brings a page back', next, 'At what hour is the boat to Elba leaving?')
  expect(next.windows[1]?.messages.map(({ content }) => content)).toContain(said)
  console.log(`5,000 turns: ${measured.join('; ')}`)
  database.close()
  await deleteDB(name)
}, 120_000)
