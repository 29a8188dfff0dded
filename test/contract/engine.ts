/**
 * What every engine driver must do, as one suite that runs over each of them with a real model. The questions are ones
 * that the bundled starter model answers; `options` says where another model or server differs.
 */
import { describe, expect, test } from 'vitest'
import { HearthError } from '../../kernel/abi/index.ts'
import type { Progress } from '../../kernel/abi/index.ts'
import type { Engine, EngineMessage, EngineTool, LoadRequest, LoadedModel } from '../../kernel/core/engines/engine.ts'
import { ask, collect, continuesExactly, interrupted } from './answers.ts'

export interface EngineUnderTest {
  engine: Engine
  /** What to load. */
  load: LoadRequest
  /** Ends whatever the engine runs in, without a word to it. Left out where there is no such thing, as with a server. */
  kill?: () => void
}

export interface EngineContractOptions {
  /** Milliseconds one test may take. */
  timeoutMs?: number
  /** Loading twice is slow for large models; the suite then loads once. */
  reload?: boolean
  /** Text that fits the window of the model under test many times over; null skips the overflow test. */
  overflow?: boolean
  /** False for an engine that does not tell what of a prompt it read. */
  prefill?: boolean
}

const CALCULATE: EngineTool = {
  name: 'calculate',
  description: 'Evaluates an arithmetic expression.',
  parameters: { type: 'object', properties: { expression: { type: 'string' } }, required: ['expression'] },
}

/** Tokens no answer of the suite needs, so that each ends by itself. */
const ENOUGH = 1000

const live = new AbortController().signal

async function code(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    return error instanceof HearthError ? (error as HearthError).code : String(error)
  }
  return 'nothing thrown'
}

/** Registers the suite. `make` is called for each engine; `load` runs once for most tests, as loading is slow. */
export function engineContract(
  name: string,
  make: () => Promise<EngineUnderTest>,
  options: EngineContractOptions = {},
): void {
  const timeout = options.timeoutMs ?? 60_000
  let shared: Promise<EngineUnderTest & { loaded: LoadedModel; progress: Progress[] }> | null = null

  const fresh = async () => {
    const made = await make()
    const progress: Progress[] = []
    const loaded = await made.engine.load(made.load, (one) => progress.push(one), live)
    return { ...made, loaded, progress }
  }
  const ready = () => (shared ??= fresh())

  describe(`the ${name} engine`, { timeout }, () => {
    test('loads a model and says truthfully what it holds', async () => {
      const { loaded, load, engine } = await ready()
      expect(loaded.slots).toBeGreaterThan(0)
      expect(loaded.contextTokens).toBeGreaterThan(0)
      expect(loaded.contextTokens).toBeLessThanOrEqual(load.contextTokens)
      expect(loaded.placement.name).not.toBe('')
      expect(engine.lost.aborted).toBe(false)
    })

    test('tells its progress, which never goes back', async () => {
      const { progress } = await ready()
      const done = progress.map((one) => one.doneBytes)
      expect(done).toEqual([...done].sort((a, b) => a - b))
    })

    test('calls a tool once, completely, and answers from its result', async () => {
      const { engine } = await ready()
      const question: EngineMessage = { role: 'user', content: 'What is 12 * 34?' }
      const first = await collect(engine.generate(ask('', { messages: [question], tools: [CALCULATE] }), live))
      expect(first.finish.reason).toBe('tool-calls')
      const [call, ...others] = first.calls
      if (!call) throw new Error('The model called no tool.')
      expect(others).toEqual([])
      expect(call.name).toBe('calculate')
      expect(call.id).not.toBe('')
      expect((JSON.parse(call.arguments) as { expression: unknown }).expression).toMatch(/12 ?\* ?34/)

      const second = await collect(
        engine.generate(
          ask('', {
            messages: [
              question,
              { role: 'assistant', content: first.text, toolCalls: [call] },
              { role: 'tool', content: '408', toolCallId: call.id },
            ],
            tools: [CALCULATE],
          }),
          live,
        ),
      )
      expect(second.text).toContain('408')
      expect(second.finish.reason).toBe('stop')
    })

    test('streams an answer in parts and reports plausible usage', async () => {
      const { engine } = await ready()
      const { deltas, finish, text } = await collect(engine.generate(ask('Count from 1 to 40.'), live))
      const texts = deltas.filter((delta) => delta.type === 'text')
      expect(texts.length).toBeGreaterThan(10)
      expect(text).toContain('37')
      const tokens = texts.reduce((sum, delta) => sum + delta.tokens, 0)
      expect(finish.usage.promptTokens).toBeGreaterThan(5)
      expect(finish.usage.cachedTokens).toBeLessThanOrEqual(finish.usage.promptTokens)
      expect(finish.usage.completionTokens).toBeGreaterThanOrEqual(tokens)
      expect(finish.usage.completionTokens).toBeLessThanOrEqual(tokens + 4)
    })

    test('gives the same answer to the same question at temperature 0', async () => {
      const { engine } = await ready()
      const first = await collect(engine.generate(ask('Count from 1 to 40.'), live))
      const second = await collect(engine.generate(ask('Count from 1 to 40.'), live))
      expect(second.text).toBe(first.text)
    })

    test('continues an answer that was cut, exactly, wherever it was cut', async () => {
      const { engine } = await ready()
      await continuesExactly(engine, ask('Count from 1 to 40.', { maxTokens: ENOUGH }))
    })

    test('continues an answer exactly when it may call tools', async () => {
      const { engine } = await ready()
      await continuesExactly(engine, ask('Count from 1 to 40.', { maxTokens: ENOUGH, tools: [CALCULATE] }))
    })

    test('continues an answer that was already complete with nothing', async () => {
      const { engine } = await ready()
      const request = ask('Repeat tea 9 times.', { maxTokens: ENOUGH })
      const whole = await collect(engine.generate(request, live))
      expect(whole.finish.reason).toBe('stop')
      const rest = await collect(engine.generate({ ...request, prefix: whole.text }, live))
      expect(rest.text).toBe('')
    })

    test('stops within a few tokens of an abort and answers the next request', async () => {
      const { engine } = await ready()
      const abort = new AbortController()
      const reason = new Error('enough')
      let after = 0
      const stopped = (async () => {
        for await (const delta of engine.generate(ask('Count from 1 to 40.'), abort.signal)) {
          if (delta.type !== 'text') continue
          if (abort.signal.aborted) after += delta.tokens
          abort.abort(reason)
        }
      })()
      await expect(stopped).rejects.toBe(reason)
      expect(after).toBeLessThanOrEqual(3)
      expect((await collect(engine.generate(ask('Count from 1 to 40.'), live))).text).toContain('37')
    })

    test.runIf(options.prefill !== false)('tells first what of the prompt it had to read, and once', async () => {
      const { engine } = await ready()
      const question = ask(`Count from 1 to 40. ${crypto.randomUUID()}`, { maxTokens: 20 })
      const read = async () => {
        const { deltas, finish } = await collect(engine.generate(question, live))
        expect(deltas.filter(({ type }) => type === 'prefill')).toHaveLength(1)
        const [first] = deltas
        if (first?.type !== 'prefill') throw new Error(`An answer began with ${first?.type ?? 'nothing'}.`)
        expect(first.promptTokens).toBe(finish.usage.promptTokens)
        expect(first.cachedTokens).toBe(finish.usage.cachedTokens)
        return first
      }
      const first = await read()
      const again = await read()
      expect(first.cachedTokens).toBeLessThan(first.promptTokens)
      expect(first.ms).toBeGreaterThan(0)
      expect(again.promptTokens).toBe(first.promptTokens)
      expect(again.cachedTokens).toBeGreaterThanOrEqual(again.promptTokens - 2)
    })

    test('goes on at the token where an answer was interrupted, with its prompt still in the cache', async ({
      skip,
    }) => {
      const { engine, loaded } = await ready()
      if (loaded.retains === 0) return skip('it promises to keep nothing')
      const request = ask(`Remember ${crypto.randomUUID()}. Count from 1 to 30.`, { maxTokens: 60 })
      const whole = await collect(engine.generate(request, live))
      const cut = await interrupted(engine, request, 15)
      // As many others as it keeps warm besides.
      for (let other = 1; other < loaded.retains; other += 1) {
        await collect(engine.generate(ask(`${crypto.randomUUID()} Hello`, { maxTokens: 4 }), live))
      }
      const maxTokens = loaded.continues ? 60 - cut.tokens : 60
      const rest = await collect(engine.generate({ ...request, prefix: cut.text, maxTokens }, live))
      expect(cut.text + rest.text).toBe(whole.text)
      expect(rest.finish.usage.promptTokens).toBe(whole.finish.usage.promptTokens + cut.tokens)
      expect(rest.finish.usage.cachedTokens).toBeGreaterThanOrEqual(rest.finish.usage.promptTokens - 2)
      expect(rest.finish.usage.completionTokens).toBe(whole.finish.usage.completionTokens - cut.tokens)
    })

    test('continues an answer of several interruptions, each where it is', async () => {
      const { engine, loaded } = await ready()
      const request = ask('Count from 1 to 40.', { maxTokens: ENOUGH })
      const whole = await collect(engine.generate(request, live))
      let text = ''
      let tokens = 0
      const rest = () => ({
        ...request,
        maxTokens: loaded.continues ? ENOUGH - tokens : ENOUGH,
        ...(text === '' ? {} : { prefix: text }),
      })
      for (const length of [1, 7, 2, 19]) {
        const part = await interrupted(engine, rest(), length)
        text += part.text
        tokens += part.tokens
      }
      const last = await collect(engine.generate(rest(), live))
      expect(text + last.text).toBe(whole.text)
    })

    test('stops within a few tokens while others are being written, which go on', async ({ skip }) => {
      const { engine, loaded } = await ready()
      if (loaded.slots < 2) return skip('it writes one at a time')
      const question = ask('Count from 1 to 40.', { maxTokens: 60 })
      const whole = await collect(engine.generate(question, live))
      const other = collect(engine.generate(question, live))
      const cut = await interrupted(engine, question, 5)
      expect(cut.tokens).toBeLessThanOrEqual(8)
      expect(whole.text.startsWith(cut.text)).toBe(true)
      expect((await other).text).toBe(whole.text)
    })

    test('refuses a request whose signal has already aborted', async () => {
      const { engine } = await ready()
      const reason = new Error('too late')
      await expect(collect(engine.generate(ask('Hello'), AbortSignal.abort(reason)))).rejects.toBe(reason)
    })

    test('frees its slots when iterations end early', async () => {
      const { engine, loaded } = await ready()
      for (let round = 0; round < loaded.slots * 2 + 1; round += 1) {
        for await (const delta of engine.generate(ask('Count from 1 to 40.'), live)) {
          expect(delta.type).toMatch(/^(prefill|text)$/)
          break
        }
      }
      expect((await collect(engine.generate(ask('Count from 1 to 40.'), live))).text).toContain('37')
    })

    test('answers as many requests at once as it has slots and can spare, each its own', async () => {
      const { engine, loaded } = await ready()
      // Things the starter model is sure of: numbers computed in a batch round otherwise, and would tip a close choice.
      const questions = ['Count from 1 to 20.', 'Repeat tea 9 times.', 'Count from 5 to 25.', 'Count from 2 to 30.']
      const asked = Array.from(
        { length: loaded.slots + (loaded.spare ?? 0) },
        (_, index) => questions[index % questions.length] ?? '',
      )
      const alone: string[] = []
      for (const question of asked) alone.push((await collect(engine.generate(ask(question), live))).text)
      const together = await Promise.all(asked.map((question) => collect(engine.generate(ask(question), live))))
      expect(together.map((answer) => answer.text)).toEqual(alone)
    })

    test('ends an answer at the token limit with length', async () => {
      const { engine } = await ready()
      const { finish } = await collect(engine.generate(ask('Count from 1 to 40.', { maxTokens: 7 }), live))
      expect(finish.reason).toBe('length')
      expect(finish.usage.completionTokens).toBeLessThanOrEqual(8)
    })

    test('ends an answer at a stop string, without it', async () => {
      const { engine } = await ready()
      const { text, finish } = await collect(engine.generate(ask('Count from 1 to 40.', { stop: ['12'] }), live))
      expect(text).toContain('11')
      expect(text).not.toContain('12')
      expect(finish.reason).toBe('stop')
    })

    test.runIf(options.overflow !== false)('refuses a conversation longer than the window', async () => {
      const { engine, loaded } = await ready()
      const long = 'word '.repeat(loaded.contextTokens * 2)
      expect(await code(collect(engine.generate(ask(long), live)))).toBe('context-overflow')
      expect((await collect(engine.generate(ask('Count from 1 to 40.'), live))).text).toContain('37')
    })

    test.runIf(options.reload !== false)('unloads, refuses to answer, loads again and answers', async () => {
      const { engine, load } = await ready()
      await engine.unload()
      expect(await code(collect(engine.generate(ask('Hello'), live)))).toBe('no-model')
      await engine.load(load, () => {}, live)
      expect((await collect(engine.generate(ask('Count from 1 to 40.'), live))).text).toContain('37')
    })

    test('disposes of itself twice without harm', async () => {
      const { engine } = await ready()
      shared = null
      await engine[Symbol.asyncDispose]()
      await engine[Symbol.asyncDispose]()
      expect(engine.lost.aborted).toBe(true)
    })

    test('rejects everything in flight with engine-lost when it is lost', async ({ skip }) => {
      const { engine, kill, loaded } = await fresh()
      if (!kill) return skip('nothing here can be lost')
      let begun = 0
      const answers = Array.from({ length: Math.min(2, loaded.slots) }, async () => {
        for await (const delta of engine.generate(ask('Count from 1 to 40.'), live)) {
          if (delta.type === 'text') begun += 1
          if (begun === 4) kill()
        }
      })
      for (const answer of await Promise.all(answers.map(code))) expect(answer).toBe('engine-lost')
      expect(engine.lost.aborted).toBe(true)
      expect(HearthError.is(engine.lost.reason, 'engine-lost')).toBe(true)
      expect(await code(collect(engine.generate(ask('Hello'), live)))).toBe('engine-lost')
      await engine[Symbol.asyncDispose]()
    })
  })
}
