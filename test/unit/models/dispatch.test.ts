/** From asking to being served: how soon, who is refused, and what is remembered of it. */
import { describe, expect, test } from 'vitest'
import type { ChatRequest } from '../../../kernel/abi/index.ts'
import { createLlmHandlers } from '../../../kernel/core/llm.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createScriptedEngine } from '../../../kernel/drivers/scripted/engine.ts'
import type { Engine } from '../../../kernel/core/engines/engine.ts'
import { ask, asker, createEngineQueue, defer, read, start } from '../../fixtures/models.ts'

const live = new AbortController().signal
const by = (name: string) => ({ model: 'starter', by: asker(name), signal: live })

test('an answer reaches a free engine before the event loop turns, so that nothing of it waits for a timer', async () => {
  const engine = createScriptedEngine({ script: () => ['a ', 'b '], slots: 1 })
  const { service } = await start({ llamacpp: createEngineQueue(engine).factory })
  await read(service.generate(ask('first'), by('Ann')))
  let asked = 0
  const turned = new Promise<void>((resolve) => {
    setImmediate(() => {
      asked = engine.requests.length
      resolve()
    })
  })
  const second = read(service.generate(ask('second'), by('Bob')))
  await turned
  expect(asked).toBe(2)
  await second
})

/** What it throws, or rejects with. */
async function errorOf(work: () => unknown): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error
  }
  return null
}

describe('a full line', () => {
  const chat: ChatRequest = {
    model: 'starter',
    messages: [{ role: 'user', content: 'hi' }],
    class: 'normal',
    weight: 1,
  }

  const isWarmUp = (messages: readonly { content: string }[]) => messages[0]?.content === 'warm up'

  async function fullLine() {
    const { promise: release, resolve } = defer()
    const engine = createScriptedEngine({
      script: ({ messages }) => (isWarmUp(messages) ? Array<string>(80).fill('a ') : ['a ', 'b ']),
      slots: 1,
      // A hundred tokens a second of the test's own time, so that there is a rate to tell by; then it stands still.
      pace: async ({ messages }) => (isWarmUp(messages) ? clock.advance(10) : release),
    })
    const kernel = await start({ llamacpp: createEngineQueue(engine).factory, waitingLimit: 3 })
    const { service, clock } = kernel
    await read(service.generate(ask('warm up'), by('Ann')))
    const one = read(service.generate(ask('x'), by('Ann')))
    while (engine.active === 0) await new Promise(setImmediate)
    const others = [1, 2, 3].map((index) => read(service.generate(ask('x'), by(`Bob ${index}`))))
    await new Promise(setImmediate)
    return { ...kernel, engine, resolve, all: Promise.all([one, ...others]) }
  }

  test('refuses a chat and says when to try again; there is room later', async () => {
    const { service, platform, settings, resolve, all } = await fullLine()
    const handlers = createLlmHandlers(service, platform, settings)
    const call = () =>
      handlers['llm.chat']({
        ...{ id: 'call', name: 'llm.chat', args: chat, signal: live, emit: () => {} },
        caller: { principal: { kind: 'user' }, session: 's1', name: 'Page' },
      })
    const refusal = { code: 'over-limit', data: { maximum: 3 } }
    const error = await errorOf(call)
    expect(error).toMatchObject(refusal)
    expect((error as { data: { retryAfterMs: number } }).data.retryAfterMs).toBeGreaterThan(0)
    expect(await errorOf(() => service.admit('starter'))).toMatchObject(refusal)
    // Nobody waits for any other engine.
    expect(() => service.admit('nothing-like-it')).not.toThrow()
    await expect(read(service.generate(ask('x'), by('Eve')))).rejects.toMatchObject(refusal)
    resolve()
    await all
    expect((await call()).choices[0]?.message.content).toBe('a b ')
    await service[Symbol.asyncDispose]()
  })

  test('has an answer of a run wait instead, and ask again', async () => {
    const { service, clock, resolve, all } = await fullLine()
    const { promise: queued, resolve: isQueued } = defer()
    const options = { model: 'starter', by: { ...asker('Run'), run: 'run-1' }, signal: live }
    const late = read(service.generate(ask('x'), options), ({ type }) => {
      if (type === 'queued') isQueued()
    })
    await queued
    expect(service.stats().waiting).toBe(3)
    resolve()
    await all
    clock.advance(60_000)
    expect((await late).text).toBe('a b ')
    await service[Symbol.asyncDispose]()
  })
})

test('what was measured of a model is known to the next kernel', async () => {
  const database = createMemoryDatabase()
  const inner = createScriptedEngine({
    script: () => Array<string>(80).fill('a '),
    slots: 1,
    onLoad: async () => clock.advance(700),
  })
  const engine: Engine = {
    ...inner,
    lost: inner.lost,
    async *generate(request, signal) {
      yield { type: 'prefill', promptTokens: 120, cachedTokens: 20, ms: 50 }
      for await (const delta of inner.generate(request, signal)) {
        clock.advance(10)
        yield delta
      }
    },
  }
  const { service, clock, calibrations } = await start({ llamacpp: createEngineQueue(engine).factory, database })
  await read(service.generate(ask('x'), by('Ann')))
  const { engines } = service.stats()
  expect(engines).toMatchObject([{ engine: 'llamacpp', model: 'starter', prefillRate: 2000 }])
  expect(engines[0]?.decodeRate).toBeGreaterThan(90)
  expect(engines[0]?.decodeRate).toBeLessThan(110)
  await calibrations.flush()
  const [stored] = await database.list('calibrations')
  expect(stored).toMatchObject({ model: 'starter', prefillRate: 2, loadMs: 700 })

  const next = await start({
    llamacpp: createEngineQueue(createScriptedEngine({ script: () => ['a '] })).factory,
    database,
  })
  await read(next.service.generate(ask('x'), by('Ann')))
  expect(next.service.stats().engines[0]).toMatchObject({ prefillRate: 2000 })
})

test('an engine that would have to write everything again is left alone until it has finished', async () => {
  const words = ['one ', 'two ', 'three ']
  const inner = createScriptedEngine({ script: () => words, slots: 1 })
  const engine: Engine = {
    ...inner,
    lost: inner.lost,
    load: async (...args) => ({ ...(await inner.load(...args)), continues: false }),
  }
  const { service } = await start({ llamacpp: createEngineQueue(engine).factory })
  const done: string[] = []
  let urgent: Promise<unknown> = Promise.resolve()
  const slow = { model: 'starter', by: asker('slow', 'background'), signal: live }
  const { types } = await read(service.generate(ask('x'), slow), (event) => {
    if (event.type !== 'text' || event.text !== 'one ') return
    const options = { model: 'starter', by: asker('urgent', 'interactive'), signal: live }
    urgent = read(service.generate(ask('x'), options)).then(() => done.push('urgent'))
  })
  done.push('slow')
  await urgent
  expect(done).toEqual(['slow', 'urgent'])
  expect(types).not.toContain('queued')
})
