import { expect, test } from 'vitest'
import type { Delta, Engine, GenerateRequest } from '../../../kernel/core/engines/engine.ts'
import { createScriptedEngine } from '../../../kernel/drivers/scripted/engine.ts'

const request = (more: Partial<GenerateRequest> = {}): GenerateRequest => ({
  messages: [{ role: 'user', content: 'Count.' }],
  tools: [],
  temperature: 0,
  topP: 1,
  maxTokens: 100,
  ...more,
})
const live = new AbortController().signal

async function load(engine: Engine): Promise<void> {
  await engine.load(
    { model: 'script', source: { kind: 'bundled', path: 'none' }, contextTokens: 512, bytes: null },
    () => {},
    live,
  )
}

async function collect(deltas: AsyncIterable<Delta>): Promise<{ text: string; deltas: Delta[] }> {
  const all: Delta[] = []
  for await (const delta of deltas) all.push(delta)
  return { text: all.map((delta) => (delta.type === 'text' ? delta.text : '')).join(''), deltas: all }
}

test('a script plays one delta a part and ends with one finish', async () => {
  const engine = createScriptedEngine({ script: () => ['one ', 'two'] })
  await load(engine)
  const { text, deltas } = await collect(engine.generate(request(), live))
  expect(text).toBe('one two')
  expect(deltas.at(-1)).toMatchObject({ type: 'finish', reason: 'stop', usage: { completionTokens: 2 } })
})

test('a prefix that ends inside a part is continued from there', async () => {
  const engine = createScriptedEngine({ script: () => ['one ', 'two ', 'three'] })
  await load(engine)
  expect((await collect(engine.generate(request({ prefix: 'one tw' }), live))).text).toBe('o three')
})

test('the token limit ends an answer with length', async () => {
  const engine = createScriptedEngine({ script: () => ['a', 'b', 'c'] })
  await load(engine)
  const { text, deltas } = await collect(engine.generate(request({ maxTokens: 2 }), live))
  expect(text).toBe('ab')
  expect(deltas.at(-1)).toMatchObject({ type: 'finish', reason: 'length' })
})

test('losing the engine ends every answer in flight with engine-lost', async () => {
  const engine = createScriptedEngine({
    script: (_, index) => (index === 0 ? ['a', { lose: 'the tab closed' }, 'b'] : ['x', 'y']),
    pace: (_, delta) => (delta === 1 ? new Promise((resolve) => setTimeout(resolve)) : Promise.resolve()),
  })
  await load(engine)
  const both = await Promise.allSettled([
    collect(engine.generate(request(), live)),
    collect(engine.generate(request(), live)),
  ])
  for (const one of both) expect(one).toMatchObject({ status: 'rejected', reason: { code: 'engine-lost' } })
  expect(engine.lost.aborted).toBe(true)
  expect(engine.active).toBe(0)
})

test('one request more than there are slots is refused, and an early end frees its slot', async () => {
  const engine = createScriptedEngine({ slots: 1, script: () => ['a', 'b'] })
  await load(engine)
  const first = engine.generate(request(), live)[Symbol.asyncIterator]()
  await first.next()
  await expect(collect(engine.generate(request(), live))).rejects.toMatchObject({ code: 'engine-failed' })
  await first.return?.()
  expect((await collect(engine.generate(request(), live))).text).toBe('ab')
})

test('an abort while the engine is held ends the answer with the reason of the signal', async () => {
  const abort = new AbortController()
  const engine = createScriptedEngine({ script: () => ['a'], pace: () => new Promise(() => {}) })
  await load(engine)
  const answer = collect(engine.generate(request(), abort.signal))
  abort.abort(new Error('enough'))
  await expect(answer).rejects.toThrow('enough')
})
