/** What is forgotten leaves conversations too. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonValue, Memory, Turn } from '../../../kernel/abi/index.ts'
import { FORGOTTEN, redactorOf } from '../../../kernel/core/context/redact.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createDyingDatabase } from '../agents/harness.ts'
import { AGENT, boot, Talk, turnsOf, words } from './harness.ts'
import { KeptMemory } from './kept-memory.ts'

const SECRET = 'the door code is 4821'

/** A turn with which a model calls a tool of the memory, and the tool's result. */
function called(talk: Talk, tool: string, args: JsonValue, value: JsonValue, run = 'r'): Turn[] {
  const call = `call-${tool}-${JSON.stringify(args).length}`
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const outcome = { call, tool, ok: true, value, ms: 1, where: 'memory' }
  const provenance = { source: 'memory', principal: { kind: 'user' }, trust: 'untrusted' } as const
  return [
    talk.turn('assistant', '', { toolCalls: [{ id: call, name: tool, arguments: args }], run }),
    talk.turn('tool', text, { outcome, provenance, run }),
  ]
}

/** A conversation in which the secret was remembered and recalled, which its journal has too. */
async function withSecret(talk: Talk): Promise<Memory> {
  await talk.put(talk.turn('user', `Remember: ${SECRET}`))
  const remembered = called(talk, 'remember', { fact: SECRET }, 'saved')
  await talk.put(...remembered)
  await talk.answer('Noted.')
  await talk.put(talk.turn('user', 'What is the code?'))
  const recalled = called(talk, 'recall', { query: 'door code' }, ['my dog is Rosa', SECRET])
  await talk.put(...recalled)
  await talk.kernel.database.commit(
    [...remembered, ...recalled].map((turn, seq) => ({
      ...{ op: 'add', store: 'journal' },
      value: { run: 'r', seq, event: { type: 'turn', seq, at: 0, turn } },
    })),
    'relaxed',
  )
  await talk.answer('It is 4821.')
  return new KeptMemory().experience('m', SECRET)
}

async function forget(talk: Talk, memory: Memory): Promise<void> {
  const { writes, after } = await talk.kernel.context.redact([memory])
  await talk.kernel.database.commit(writes, 'strict')
  after()
}

const toolWords = (turns: readonly Turn[]): string =>
  JSON.stringify(turns.map(({ outcome, toolCalls }) => [outcome, toolCalls]))

describe('a memory that is forgotten', () => {
  it('leaves what tools of the memory gave back and were given, in turns, journals and the next window', async () => {
    const talk = await Talk.begin(await boot())
    const memory = await withSecret(talk)
    await forget(talk, memory)
    const { database } = talk.kernel
    expect(toolWords(await turnsOf(database))).not.toContain(SECRET)
    expect(JSON.stringify(await database.list('journal'))).not.toContain(SECRET)
    const window = await talk.say({ question: 'And now?', answer: 'a' })
    const sent = window.messages.flatMap(({ role, content, toolCalls }) =>
      role === 'tool' || toolCalls ? [content, ...(toolCalls ?? []).map((call) => call.arguments)] : [],
    )
    expect(sent.join()).toContain(FORGOTTEN)
    expect(sent.join()).toContain('my dog is Rosa')
    expect(sent.join()).not.toContain('4821')
  })

  it('leaves what people said themselves, which is the conversation’s', async () => {
    const talk = await Talk.begin(await boot())
    const memory = await withSecret(talk)
    await forget(talk, memory)
    const [first] = await turnsOf(talk.kernel.database)
    expect(first?.text).toBe(`Remember: ${SECRET}`)
  })

  it('leaves its pages measured and found anew, with what people did to them', async () => {
    const talk = await Talk.begin(await boot())
    const memory = await withSecret(talk)
    const { kernel } = talk
    await kernel.call('context.pin', { agent: AGENT, turn: 't0' })
    for (let n = 0; n < 30; n += 1) await talk.say({ question: words(`q${n}x`, 9), answer: words(`a${n}x`, 9) })
    await talk.say({ question: 'Which dog?', answer: 'Rosa.' })
    const before = await kernel.call('context.window', { agent: AGENT })
    await forget(talk, memory)
    const after = await kernel.call('context.window', { agent: AGENT })
    expect(after.pages[0]?.pinned).toBe(true)
    expect(after.pages[0]?.tokens).toBeLessThan(before.pages[0]?.tokens ?? 0)
    // Another kernel, which reads them from the store, sees the same.
    await new Promise((resolve) => setTimeout(resolve))
    const next = await boot({ database: kernel.database })
    expect((await next.call('context.window', { agent: AGENT })).pages).toEqual(after.pages)
  })

  it('is whole or untouched, whenever the kernel dies', async () => {
    for (let at = 0; at < 12; at += 1) {
      const database = createMemoryDatabase()
      const dying = createDyingDatabase(database, at, at % 2 === 0)
      const live = async (): Promise<void> => {
        const talk = await Talk.begin(await boot({ database: dying }))
        await forget(talk, await withSecret(talk))
      }
      await Promise.race([live(), dying.dead])
      const turns = await turnsOf(database)
      const journal = JSON.stringify(await database.list('journal'))
      const all = [toolWords(turns.slice(0, 3)), toolWords(turns.slice(3)), journal]
      const said = all.filter((text) => text.includes(SECRET)).length
      const gone = all.filter((text) => text.includes(FORGOTTEN)).length
      expect(said === 0 || gone === 0).toBe(true)
    }
  })
})

describe('forgotten text', () => {
  const texts = fc.array(
    fc.stringMatching(/^[a-z ]{8,20}$/).filter((text) => text.trim().length >= 8),
    {
      minLength: 1,
      maxLength: 3,
    },
  )

  it('is in no part of a value afterwards, however it is nested or quoted', () => {
    const nested = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        fc.constantFrom<JsonValue>('A', 'B', 1, null, true, 'x'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b'), tie('value')),
      ),
    })).value
    fc.assert(
      fc.property(texts, nested, (gone, shape) => {
        const [first = '', second = first] = gone
        const filled = JSON.parse(
          JSON.stringify(shape)
            .replaceAll('"A"', JSON.stringify(`before "${first}" after`))
            .replaceAll('"B"', JSON.stringify(`line\n${second}\nline`)),
        ) as JsonValue
        const left = JSON.stringify(redactorOf(gone)(filled))
        for (const text of gone) expect(left).not.toContain(text.trim())
      }),
    )
  })

  it('of few letters goes where it is all there is, and nowhere by chance', () => {
    const redact = redactorOf(['tea'])
    expect(redact(['tea', 'team', 'a cup of tea', 'one\ntea'])).toEqual([
      ...[FORGOTTEN, 'team', 'a cup of tea', `one\n${FORGOTTEN}`],
    ])
  })

  it('that is not there leaves the very same value', () => {
    const value = { a: ['b', { c: 'd' }], e: 1 }
    expect(redactorOf(['something else'])(value)).toBe(value)
  })
})
