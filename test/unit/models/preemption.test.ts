/** The model is taken from an answer at a token boundary, and the answer does not show it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FRUITLESS_PREEMPTIONS, IMMEDIATE_LOSS_TOKENS } from '../../../kernel/core/param.ts'
import type { Engine } from '../../../kernel/core/engines/engine.ts'
import type { GenerationEvent } from '../../../kernel/core/engines/generation.ts'
import { createScriptedEngine } from '../../../kernel/drivers/scripted/engine.ts'
import type { ScriptedPart } from '../../../kernel/drivers/scripted/engine.ts'
import { ask, asker, createChangingAsker, createEngineQueue, defer, read, start } from '../../fixtures/models.ts'

const words = Array.from({ length: 40 }, (_, index) => `word${index} `)
const whole = words.join('')
const live = new AbortController().signal

const texts = (parts: readonly ScriptedPart[] = words) => createScriptedEngine({ script: () => parts, slots: 1 })

const pauses = (events: readonly GenerationEvent[]) =>
  events.flatMap((event) => (event.type === 'paused' ? [{ by: event.by, reason: event.reason }] : []))

/** Begins a short interactive answer whenever the long one has this many words. */
async function interruptedAt(words: readonly number[], engine: Engine, more: readonly Engine[] = []) {
  const { service } = await start({ llamacpp: createEngineQueue(engine, ...more).factory })
  const others: Promise<unknown>[] = []
  let count = 0
  const long = await read(
    service.generate(ask('long'), { model: 'starter', by: asker('Bob', 'background'), signal: live }),
    (event) => {
      if (event.type !== 'text' || !words.includes((count += 1))) return
      const by = asker(`Ann ${count}`, 'interactive')
      others.push(read(service.generate(ask('short', { maxTokens: 2 }), { model: 'starter', by, signal: live })))
    },
  )
  await Promise.all(others)
  return { long, service }
}

describe('an answer that others go before', () => {
  test('is one answer without gap or repeat, and says who went first', async () => {
    const engine = texts()
    const { long } = await interruptedAt([5, 20], engine)
    expect(long.text).toBe(whole)
    expect(pauses(long.events).filter(({ by }) => by === 'scheduler')).toEqual([
      { by: 'scheduler', reason: 'Ann 5 goes first.' },
      { by: 'scheduler', reason: 'Ann 20 goes first.' },
    ])
    expect(long.types.filter((type) => type === 'resumed')).toHaveLength(3)
    expect(long.events.at(-1)).toMatchObject({ type: 'finish', reason: 'stop', usage: { completionTokens: 40 } })
    expect(engine.peak).toBe(1)
    expect(engine.requests.filter(({ prefix }) => prefix !== undefined).map(({ prefix }) => prefix)).toEqual([
      words.slice(0, 5).join(''),
      words.slice(0, 20).join(''),
    ])
  })

  test('is one answer wherever and however often it is interrupted, also by losses', async () => {
    const points = fc.uniqueArray(fc.integer({ min: 1, max: 39 }), { maxLength: 8 })
    const gaps = fc.array(fc.integer({ min: IMMEDIATE_LOSS_TOKENS + 1, max: 15 }), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(points, gaps, async (at, apart) => {
        let word = 0
        const lost = apart.map((gap) => (word += gap)).filter((index) => index < words.length)
        const first = new Set(lost)
        // Each loss happens once, on whichever engine gets to that word.
        const script = () =>
          words.flatMap((word, index): ScriptedPart[] =>
            first.has(index) ? [{ lose: 'its tab closed' }, word] : [word],
          )
        const forgetting = () => {
          const engine = createScriptedEngine({ script, slots: 1 })
          engine.lost.addEventListener('abort', () => first.delete(Math.min(...first)))
          return engine
        }
        const engines = Array.from({ length: lost.length + 1 }, forgetting)
        const [engine = texts(), ...more] = engines
        const { long, service } = await interruptedAt(at, engine, more)
        expect(long.text).toBe(whole)
        expect(long.types.filter((type) => type === 'finish')).toHaveLength(1)
        expect(long.types.at(-1)).toBe('finish')
        for (const { peak } of engines) expect(peak).toBeLessThanOrEqual(1)
        expect(service.stats()).toMatchObject({ running: 0, waiting: 0 })
      }),
      { numRuns: 60 },
    )
  })

  test('says a complete tool call once, and writes a half one again', async () => {
    const call = (name: string) => ({ call: { id: name, name, arguments: '{}' } })
    const { long } = await interruptedAt([1], texts(['Let me see. ', call('one'), call('two')]))
    expect(long.text).toBe('Let me see. ')
    expect(long.calls).toEqual(['one', 'two'])
  })

  test('gives its slot away only when the engine has stopped writing', async () => {
    const { promise: mayStop, resolve: letStop } = defer()
    const order: string[] = []
    const inner = texts()
    const slow: Engine = {
      ...inner,
      lost: inner.lost,
      async *generate(request, signal) {
        const name = request.messages[0]?.content ?? ''
        order.push(`${name} begins`)
        try {
          yield* inner.generate(request, signal)
        } finally {
          if (name === 'long' && request.prefix === undefined) await mayStop
          order.push(`${name} stops`)
        }
      },
    }
    const { service } = await start({ llamacpp: createEngineQueue(slow).factory })
    const by = asker('Bob', 'background')
    let short: Promise<unknown> = Promise.resolve()
    const long = read(service.generate(ask('long'), { model: 'starter', by, signal: live }), (event) => {
      if (event.type !== 'text' || !event.text.startsWith('word3 ')) return
      short = read(service.generate(ask('short'), { model: 'starter', by: asker('Ann', 'interactive'), signal: live }))
      setImmediate(letStop)
    })
    expect((await long).text).toBe(whole)
    await short
    expect(order).toEqual(['long begins', 'long stops', 'short begins', 'short stops', 'long begins', 'long stops'])
  })

  test('gets on though others come before it all the time', async () => {
    // Whoever comes, comes before the long answer has written its first word.
    const { service } = await start({ llamacpp: createEngineQueue(pacing()).factory })
    let visitors = 0
    const others: Promise<unknown>[] = []
    function pacing() {
      return createScriptedEngine({
        script: () => words.slice(0, 3),
        slots: 1,
        pace: async (request, delta) => {
          if (request.messages[0]?.content !== 'long' || delta > 0 || visitors > 20) return
          visitors += 1
          const by = asker(`Ann ${visitors}`, 'interactive')
          others.push(read(service.generate(ask('short'), { model: 'starter', by, signal: live })))
          await new Promise(setImmediate)
        },
      })
    }
    const by = asker('Bob', 'background')
    const long = await read(service.generate(ask('long'), { model: 'starter', by, signal: live }))
    expect(long.text).toBe(words.slice(0, 3).join(''))
    const inVain = pauses(long.events).filter((pause) => pause.by === 'scheduler').length
    expect(inVain).toBeLessThan(21)
    expect(long.types.indexOf('text')).toBeGreaterThan(0)
    const before = long.events.slice(0, long.types.indexOf('text'))
    expect(pauses(before).filter((pause) => pause.by === 'scheduler')).toHaveLength(FRUITLESS_PREEMPTIONS)
    await Promise.all(others)
  })
})

describe('an answer that a person pauses', () => {
  test('stops at the next token, keeps its text, and goes on where it stopped', async () => {
    const engine = texts()
    const { service } = await start({ llamacpp: createEngineQueue(engine).factory })
    const by = createChangingAsker('Bob')
    const { promise: paused, resolve } = defer()
    let text = ''
    const long = read(service.generate(ask('long'), { model: 'starter', by, signal: live }), (event) => {
      if (event.type === 'text') text += event.text
      if (event.type === 'text' && event.text.startsWith('word7 ')) by.change({ held: true })
      if (event.type === 'paused' && event.by === 'user') resolve()
    })
    await paused
    const kept = text
    expect(kept).toBe(words.slice(0, 8).join(''))
    expect(service.stats()).toMatchObject({ running: 0, waiting: 0 })
    expect(service.top().jobs).toMatchObject([{ id: 'Bob', state: 'paused', slot: null, completionTokens: 8 }])
    // Others have the engine for themselves meanwhile.
    expect(
      (await read(service.generate(ask('short'), { model: 'starter', by: asker('Ann'), signal: live }))).text,
    ).toBe(whole)
    expect(text).toBe(kept)
    by.change({ held: false })
    const { events, types } = await long
    expect(text).toBe(whole)
    expect(pauses(events).at(-1)).toEqual({ by: 'user', reason: 'You paused it.' })
    expect(types.at(-1)).toBe('finish')
    expect(by.listeners).toBe(0)
  })

  test('is not begun while it is held, and can be cancelled all the same', async () => {
    const engine = texts()
    const { service } = await start({ llamacpp: createEngineQueue(engine).factory })
    const by = createChangingAsker('Bob')
    by.change({ held: true })
    const cancel = new AbortController()
    const reason = new Error('enough')
    const waiting = read(service.generate(ask('long'), { model: 'starter', by, signal: cancel.signal }), (event) => {
      if (event.type === 'paused') cancel.abort(reason)
    })
    await expect(waiting).rejects.toThrow()
    expect(engine.requests).toEqual([])
    expect(by.listeners).toBe(0)
    expect(service.stats()).toMatchObject({ running: 0, waiting: 0 })
  })

  test('goes first at once when it is reniced above those before it', async () => {
    const engine = texts(words.slice(0, 4))
    const { service } = await start({ llamacpp: createEngineQueue(engine).factory })
    const done: string[] = []
    const urgent = createChangingAsker('urgent', 'background')
    const answer = async (by: ReturnType<typeof asker>, onEvent: (event: GenerationEvent) => void = () => {}) => {
      await read(service.generate(ask('x'), { model: 'starter', by, signal: live }), onEvent)
      done.push(by.name)
    }
    await Promise.all([
      answer(asker('one', 'normal'), (event) => {
        if (event.type === 'text' && event.text.startsWith('word1 ')) urgent.change({ class: 'interactive' })
      }),
      answer(asker('two', 'normal')),
      answer(urgent),
    ])
    expect(done[0]).toBe('urgent')
  })
})

describe('the seed of a sampled answer', () => {
  test('is its own at the start, another for each continuation, and the same for the same cut', async () => {
    const seedsOf = async (at: readonly number[]) => {
      const engine = texts()
      const { service } = await start({ llamacpp: createEngineQueue(engine).factory })
      const by = createChangingAsker('Bob')
      let count = 0
      const request = ask('long', { temperature: 1, seed: 7 })
      await read(service.generate(request, { model: 'starter', by, signal: live }), (event) => {
        if (event.type === 'text' && at.includes((count += 1))) by.change({ held: true })
        if (event.type === 'paused' && event.by === 'user') by.change({ held: false })
      })
      return engine.requests.map(({ seed }) => seed)
    }
    const seeds = await seedsOf([5, 12, 30])
    expect(seeds).toHaveLength(4)
    expect(seeds[0]).toBe(7)
    expect(new Set(seeds).size).toBe(4)
    for (const seed of seeds) expect(Number.isInteger(seed) && (seed ?? -1) >= 0).toBe(true)
    expect((await seedsOf([12]))[1]).toBe(seeds[2])
  })
})
