import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HearthError } from '../../../kernel/abi/index.ts'
import type { GenerationEvent } from '../../../kernel/core/engines/generation.ts'
import { IMMEDIATE_LOSSES, IMMEDIATE_LOSS_TOKENS } from '../../../kernel/core/param.ts'
import type { Schedulable } from '../../../kernel/core/scheduler/schedulable.ts'
import { createScriptedEngine } from '../../../kernel/drivers/scripted/engine.ts'
import type { ScriptedEngine, ScriptedPart } from '../../../kernel/drivers/scripted/engine.ts'
import { ask, asker, createEngineQueue, defer, read, start } from '../../fixtures/models.ts'

const words = Array.from({ length: 40 }, (_, index) => `word${index} `)
const whole = words.join('')
const options = (change: Partial<{ by: Schedulable; signal: AbortSignal }> = {}) => ({
  model: 'starter',
  by: asker('Ann'),
  signal: new AbortController().signal,
  ...change,
})

/** An engine that writes the whole answer, or dies before the word at `loseAt`. */
function engineLosing(loseAt: number | null): ScriptedEngine {
  const parts: ScriptedPart[] = [...words]
  if (loseAt !== null) parts.splice(loseAt, 0, { lose: 'its tab closed' })
  return createScriptedEngine({ script: () => parts })
}

describe('an answer whose engine is lost', () => {
  test('is one answer without gap or repeat, at whichever delta it was lost', async () => {
    for (let at = 0; at <= words.length; at += 1) {
      const engines = createEngineQueue(engineLosing(at), engineLosing(null))
      const { service } = await start({ llamacpp: engines.factory })
      const { text, types } = await read(service.generate(ask('count'), options()))
      expect(text).toBe(whole)
      expect(types.filter((type) => type === 'finish')).toHaveLength(1)
      expect(types.at(-1)).toBe('finish')
      expect(types.indexOf('resumed', types.lastIndexOf('paused'))).toBeGreaterThan(0)
    }
  })

  test('is one answer however often it is lost, as long as it gets on in between', async () => {
    const gap = fc.integer({ min: IMMEDIATE_LOSS_TOKENS + 1, max: 12 })
    await fc.assert(
      fc.asyncProperty(fc.array(gap, { maxLength: 7 }), async (gaps) => {
        let at = 0
        const losses = gaps.map((words) => (at += words)).filter((word) => word <= words.length)
        const engines = createEngineQueue(...losses.map(engineLosing), engineLosing(null))
        const { service } = await start({ llamacpp: engines.factory })
        const { text, types } = await read(service.generate(ask('count'), options()))
        expect(text).toBe(whole)
        expect(types.filter((type) => type === 'resumed')).toHaveLength(losses.length + 1)
      }),
      { numRuns: 60 },
    )
  })

  test('counts the tokens of all its parts, and never writes more than it may', async () => {
    const engines = createEngineQueue(engineLosing(7), engineLosing(null))
    const { service } = await start({ llamacpp: engines.factory })
    const { events } = await read(service.generate(ask('count', { maxTokens: 10 }), options()))
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'length', usage: { completionTokens: 10 } })
    expect(events.filter(({ type }) => type === 'text')).toHaveLength(10)
  })

  test('ends when it was lost with its last allowed token written', async () => {
    const engines = createEngineQueue(engineLosing(10), engineLosing(null))
    const { service } = await start({ llamacpp: engines.factory })
    const { text, events } = await read(service.generate(ask('count', { maxTokens: 10 }), options()))
    expect(text).toBe(words.slice(0, 10).join(''))
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'length', usage: { completionTokens: 10 } })
  })

  test('goes on from a prefix that an earlier kernel had written', async () => {
    const engines = createEngineQueue(engineLosing(9), engineLosing(null))
    const { service } = await start({ llamacpp: engines.factory })
    const prefix = words.slice(0, 5).join('')
    const { text } = await read(service.generate(ask('count', { prefix }), options()))
    expect(prefix + text).toBe(whole)
  })

  test('says a complete tool call once, and writes a half one again', async () => {
    const call = (id: string, name: string) => ({ call: { id, name, arguments: '{}' } })
    const first = createScriptedEngine({ script: () => ['Let me see. ', call('a', 'one'), { lose: 'gone' }] })
    const second = createScriptedEngine({ script: () => ['Let me see. ', call('b', 'one'), call('c', 'two')] })
    const engines = createEngineQueue(first, second)
    const { service } = await start({ llamacpp: engines.factory })
    const { text, calls, events } = await read(service.generate(ask('go'), options()))
    expect(text).toBe('Let me see. ')
    expect(calls).toEqual(['one', 'two'])
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'tool-calls' })
  })

  test('waits for a tab when there is none, says so, and goes on with the first that opens', async () => {
    const engines = createEngineQueue(engineLosing(5))
    const { service } = await start({ llamacpp: engines.factory })
    const { text, types } = await read(service.generate(ask('count'), options()), (event) => {
      if (event.type === 'paused' && event.reason.includes('waits for an open tab')) engines.offer(engineLosing(null))
    })
    expect(text).toBe(whole)
    expect(types.filter((type) => type === 'resumed')).toHaveLength(2)
  })

  test('fails when its engine crashes at once, again and again, and does not promise another one', async () => {
    const crashing = Array.from({ length: 10 }, () => engineLosing(3))
    const { service } = await start({ llamacpp: createEngineQueue(...crashing).factory })
    const reading = read(service.generate(ask('count'), options()))
    await expect(reading).rejects.toMatchObject({ code: 'engine-lost' })
    await expect(reading).rejects.toThrow(`ended ${IMMEDIATE_LOSSES} times in a row`)
    expect(crashing.filter(({ requests }) => requests.length > 0)).toHaveLength(IMMEDIATE_LOSSES)
  })

  test('fails with the reason when the model cannot be loaded again', async () => {
    const bad = new HearthError('out-of-memory', 'Too big.', { model: 'starter', neededBytes: null })
    const broken = createScriptedEngine({ script: () => [], onLoad: () => Promise.reject(bad) })
    const { service, stateOf } = await start({ llamacpp: createEngineQueue(engineLosing(6), broken).factory })
    await expect(read(service.generate(ask('count'), options()))).rejects.toBe(bad)
    expect(await stateOf('starter')).toMatchObject({ kind: 'failed', code: 'out-of-memory' })
    expect(broken.disposed).toBe(true)
  })
})

describe('several answers', () => {
  test('never have more in flight than the engine has slots, and wait in order', async () => {
    const engine = createScriptedEngine({ script: () => words.slice(0, 5), slots: 2 })
    const { service } = await start({ llamacpp: createEngineQueue(engine).factory })
    const begun: number[] = []
    const answers = await Promise.all(
      Array.from({ length: 9 }, (_, index) => {
        let first = true
        const note = (event: GenerationEvent) => {
          if (event.type !== 'text' || !first) return
          first = false
          begun.push(index)
        }
        return read(service.generate(ask(`question ${index}`), options({ by: asker(`agent ${index}`) })), note)
      }),
    )
    expect(answers.map(({ text }) => text)).toEqual(Array(9).fill(words.slice(0, 5).join('')))
    expect(engine.peak).toBe(2)
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    expect(answers[8]?.events.find(({ type }) => type === 'queued')).toEqual({ type: 'queued', ahead: 6 })
  })

  test('all go on when the engine they share is lost, keeping within the slots of the next', async () => {
    let held = 0
    const { promise: allRunning, resolve: go } = defer()
    const first: ScriptedEngine = createScriptedEngine({
      script: () => words,
      slots: 4,
      pace: async (_, delta) => {
        if (delta !== 6) return
        held += 1
        if (held === 4) first.lose('its tab closed')
        if (held === 4) go()
        await allRunning
      },
    })
    const second = createScriptedEngine({ script: () => words, slots: 1 })
    const { service } = await start({ llamacpp: createEngineQueue(first, second).factory })
    const answers = await Promise.all([1, 2, 3, 4].map(() => read(service.generate(ask('count'), options()))))
    expect(answers.map(({ text }) => text)).toEqual(Array(4).fill(whole))
    expect(second.peak).toBe(1)
  })

  test('of another model wait for those in flight, then have theirs loaded', async () => {
    const loads: string[] = []
    const engine = createScriptedEngine({
      script: () => words.slice(0, 8),
      onLoad: async ({ model }) => void loads.push(`${model} with ${engine.active} in flight`),
    })
    const { service, call } = await start({ openai: createEngineQueue(engine).factory })
    const source = { kind: 'openai' as const, baseUrl: 'http://localhost:1/v1' }
    const one = await call('model.add', { source: { ...source, model: 'one' } })
    const two = await call('model.add', { source: { ...source, model: 'two' } })
    const generate = (model: string) => read(service.generate(ask('go'), { ...options(), model }))
    const answers = await Promise.all([generate(one.id), generate(one.id), generate(two.id), generate(one.id)])
    expect(answers.map(({ text }) => text)).toEqual(Array(4).fill(words.slice(0, 8).join('')))
    // Each once: who needs the model that is loaded goes before who needs another.
    expect(loads).toEqual([one.id, two.id].map((id) => `${id} with 0 in flight`))
  })
})

describe('an answer nobody wants any more', () => {
  test('does not hold up others with a load that hangs', async () => {
    const hanging = createScriptedEngine({
      script: () => words,
      onLoad: (_, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    })
    const { service, call } = await start({ openai: createEngineQueue(hanging, engineLosing(null)).factory })
    const source = { kind: 'openai' as const, baseUrl: 'http://localhost:1/v1' }
    const one = await call('model.add', { source: { ...source, model: 'one' } })
    const two = await call('model.add', { source: { ...source, model: 'two' } })
    const cancel = new AbortController()
    const reason = new HearthError('cancelled', 'Stopped.', { by: 'user' })
    const first = read(service.generate(ask('go'), { ...options({ signal: cancel.signal }), model: one.id }))
    const second = read(service.generate(ask('go'), { ...options(), model: two.id }), (event) => {
      if (event.type === 'queued') cancel.abort(reason)
    })
    await expect(first).rejects.toBe(reason)
    expect((await second).text).toBe(whole)
    expect(hanging.disposed).toBe(true)
  })

  test('is refused when the kernel closes, with its engine gone and nothing left asleep', async () => {
    const engine = createScriptedEngine({ script: () => words, slots: 1, pace: () => new Promise(() => {}) })
    const { service, clock } = await start({ llamacpp: createEngineQueue(engine).factory })
    const closing = { code: 'cancelled', data: { by: 'kernel' } }
    const { promise: queued, resolve } = defer()
    const running = read(service.generate(ask('one'), options()))
    const waiting = read(service.generate(ask('two'), options()), ({ type }) => {
      if (type === 'queued') resolve()
    })
    const refused = Promise.all([
      expect(running).rejects.toMatchObject(closing),
      expect(waiting).rejects.toMatchObject(closing),
    ])
    await queued
    await service[Symbol.asyncDispose]()
    await refused
    expect(engine.disposed).toBe(true)
    await new Promise(setImmediate)
    expect(clock.sleepers).toBe(0)
  })

  test('gives its slot back when the reader stops reading', async () => {
    const engine = createScriptedEngine({ script: () => words, slots: 1 })
    const { service } = await start({ llamacpp: createEngineQueue(engine).factory })
    for await (const event of service.generate(ask('count'), options())) if (event.type === 'text') break
    expect((await read(service.generate(ask('again'), options()))).text).toBe(whole)
    expect(service.stats()).toMatchObject({ running: 0, waiting: 0, holder: null })
  })

  test('leaves the line when it is cancelled while it waits', async () => {
    const { promise: release, resolve } = defer()
    const engine = createScriptedEngine({ script: () => words, slots: 1, pace: () => release })
    const { service } = await start({ llamacpp: createEngineQueue(engine).factory })
    const running = read(service.generate(ask('count'), options()))
    const cancel = new AbortController()
    const reason = new HearthError('cancelled', 'Stopped.', { by: 'caller' })
    const waiting = read(service.generate(ask('me too'), options({ signal: cancel.signal })), (event) => {
      if (event.type === 'queued') cancel.abort(reason)
    })
    await expect(waiting).rejects.toBe(reason)
    expect(service.stats()).toMatchObject({ waiting: 0, running: 1 })
    resolve()
    expect((await running).text).toBe(whole)
  })

  test('stops with all others when everything is stopped, and the next one runs', async () => {
    let hold = true
    const engine = createScriptedEngine({
      script: () => words,
      slots: 1,
      pace: (_, delta) => (hold && delta === 3 ? new Promise(() => {}) : Promise.resolve()),
    })
    const { service } = await start({ llamacpp: createEngineQueue(engine).factory })
    const stopped = { code: 'cancelled', data: { by: 'user' } }
    const one = read(service.generate(ask('count'), options()), (event) => {
      if (event.type !== 'text' || !event.text.startsWith('word2 ')) return
      hold = false
      service.stopAll()
    })
    const two = read(service.generate(ask('me too'), options()))
    const outcomes = Promise.all([
      expect(one).rejects.toMatchObject(stopped),
      expect(two).rejects.toMatchObject(stopped),
    ])
    await outcomes
    expect((await read(service.generate(ask('again'), options()))).text).toBe(whole)
  })

  test('takes the engine with it when that does not stop in time, and the others go on elsewhere', async () => {
    const deaf = createScriptedEngine({ script: () => words, slots: 1 })
    const { promise: begun, resolve: begin } = defer()
    const generate = () => {
      begin()
      return hang
    }
    const hanging = { ...deaf, generate, lost: deaf.lost }
    const { service, clock, published } = await start({
      llamacpp: createEngineQueue(hanging, engineLosing(null)).factory,
    })
    const cancel = new AbortController()
    const stuck = read(service.generate(ask('count'), options({ signal: cancel.signal })))
    const next = read(service.generate(ask('count'), options()))
    void begun.then(() => cancel.abort(new HearthError('cancelled', 'Stopped.', { by: 'user' })))
    await expect(stuck).rejects.toMatchObject({ code: 'cancelled' })
    clock.advance(60_000)
    expect((await next).text).toBe(whole)
    expect(deaf.disposed).toBe(true)
    expect(published.filter(({ type }) => type === 'notice')).toHaveLength(1)
  })
})

/** An answer that neither comes nor ends. */
const hang = {
  [Symbol.asyncIterator]: () => ({
    next: () => new Promise<never>(() => {}),
    return: () => new Promise<never>(() => {}),
  }),
}
