/** The llama.cpp driver with the real starter model in the real lent worker. */
import { describe, expect, test } from 'vitest'
import starterUrl from '../../wasm/starter/starter.gguf?url'
import { HearthError } from '../../kernel/abi/index.ts'
import type { Engine, LoadRequest } from '../../kernel/core/engines/engine.ts'
import { createLlamaEngine } from '../../kernel/drivers/llamacpp/engine.ts'
import { ask, collect } from '../contract/answers.ts'
import { engineContract } from '../contract/engine.ts'
import { createTestLender, type TestLender } from '../fixtures/lender.ts'

const live = new AbortController().signal
const starter = await (await fetch(starterUrl)).blob()

function request(bytes: Blob = starter, contextTokens = 2048): LoadRequest {
  return { model: 'starter', source: { kind: 'bundled', path: 'starter.gguf' }, contextTokens, bytes }
}

async function borrowed(
  page?: Parameters<typeof createTestLender>[0],
): Promise<{ engine: Engine; lender: TestLender }> {
  const lender = createTestLender(page)
  return { lender, engine: await createLlamaEngine(lender, live, () => {}) }
}

/** The starter model with bytes changed behind the first mention of a key of its header. */
async function altered(key: string, change: (view: DataView, value: number) => void): Promise<Blob> {
  const bytes = new Uint8Array(await starter.arrayBuffer())
  const at = new TextDecoder('latin1').decode(bytes.subarray(0, 100_000)).indexOf(key)
  expect(at).toBeGreaterThan(0)
  // The value's type, four bytes, stands between.
  change(new DataView(bytes.buffer), at + key.length + 4)
  return new Blob([bytes])
}

async function failure(work: Promise<unknown>): Promise<HearthError> {
  const error: unknown = await work.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  )
  if (error instanceof HearthError) return error
  throw error
}

async function counts(engine: Engine): Promise<void> {
  expect((await collect(engine.generate(ask('Count from 1 to 20.'), live))).text).toContain('19, 20')
}

engineContract('llamacpp', async () => {
  const { engine, lender } = await borrowed()
  return { engine, load: request(), kill: () => lender.leases[0]?.closeTab() }
})

describe('the llama.cpp driver', { timeout: 60_000 }, () => {
  test('says that it computes on the CPU, and why, where the adapter has no 16-bit floats', async ({ skip }) => {
    const adapter = await navigator.gpu.requestAdapter()
    if (adapter?.features.has('shader-f16')) return skip('this adapter has shader-f16')
    const { engine } = await borrowed()
    const { placement } = await engine.load(request(), () => {}, live)
    expect(placement).toMatchObject({ on: 'cpu', name: '1 thread' })
    expect(placement.reason).toContain('shader-f16')
    await engine[Symbol.asyncDispose]()
  })

  test('runs in a page that is not isolated, on one thread', async () => {
    const frame = document.createElement('iframe')
    frame.allow = "cross-origin-isolated 'none'"
    frame.srcdoc = '<!doctype html>'
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
    document.body.append(frame)
    await loaded
    const page = frame.contentWindow as unknown as typeof globalThis
    expect(page.crossOriginIsolated).toBe(false)
    const { engine } = await borrowed(page)
    expect((await engine.load(request(), () => {}, live)).placement.name).toBe('1 thread')
    await counts(engine)
    await engine[Symbol.asyncDispose]()
    frame.remove()
  })

  test('answers more requests than it has slots, each in its turn', async () => {
    const { engine } = await borrowed()
    const { slots } = await engine.load(request(), () => {}, live)
    const questions = Array.from({ length: slots * 2 + 1 }, () => ask('Repeat tea 9 times.'))
    const answers = await Promise.all(questions.map((one) => collect(engine.generate(one, live))))
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1)
    await engine[Symbol.asyncDispose]()
  })

  test('stops waiting for a slot when the waiting request is aborted', async () => {
    const { engine } = await borrowed()
    const { slots } = await engine.load(request(), () => {}, live)
    const busy = Array.from({ length: slots }, () => collect(engine.generate(ask('Count from 1 to 40.'), live)))
    const abort = new AbortController()
    const waiting = collect(engine.generate(ask('Hello'), abort.signal))
    abort.abort(new Error('not any more'))
    await expect(waiting).rejects.toThrow('not any more')
    await Promise.all(busy)
    await counts(engine)
    await engine[Symbol.asyncDispose]()
  })

  test('refuses one bad request without harm to the answers beside it', async () => {
    const { engine, lender } = await borrowed()
    await engine.load(request(), () => {}, live)
    const alone = await collect(engine.generate(ask('Count from 1 to 40.'), live))
    const beside = [ask('Count from 1 to 40.'), ask('Repeat tea 9 times.')].map((one) =>
      collect(engine.generate(one, live)),
    )
    const schema = { $ref: '#/nowhere' }
    const bad = ask('Hello', { responseFormat: { type: 'json_schema', schema } })
    const error = await failure(collect(engine.generate(bad, live)))
    expect(error.code).toBe('engine-failed')
    expect(error.message).toContain('#/nowhere')
    const [counted, repeated] = await Promise.all(beside)
    expect(counted?.text).toBe(alone.text)
    expect(counted?.finish.usage.completionTokens).toBe(alone.finish.usage.completionTokens)
    expect(repeated?.text).toContain('tea tea')
    expect(engine.lost.aborted).toBe(false)
    expect(lender.leases[0]?.killed).toBe(false)
    await engine[Symbol.asyncDispose]()
  })

  test('refuses a schema that would overflow its stack', async () => {
    const { engine } = await borrowed()
    await engine.load(request(), () => {}, live)
    let schema: Record<string, never> | { type: string; items: typeof schema } = {}
    for (let depth = 0; depth < 5_000; depth += 1) schema = { type: 'array', items: schema }
    const bad = ask('Hello', { responseFormat: { type: 'json_schema', schema } })
    expect((await failure(collect(engine.generate(bad, live)))).code).toBe('engine-failed')
    await counts(engine)
    await engine[Symbol.asyncDispose]()
  })

  test('writes JSON that fits a schema', async () => {
    const { engine } = await borrowed()
    await engine.load(request(), () => {}, live)
    const schema = { type: 'object', properties: { n: { type: 'integer', minimum: 0, maximum: 9 } }, required: ['n'] }
    const { text } = await collect(
      engine.generate(ask('Hello', { responseFormat: { type: 'json_schema', schema } }), live),
    )
    expect((JSON.parse(text) as { n: unknown }).n).toBeTypeOf('number')
    await engine[Symbol.asyncDispose]()
  })

  test('does not mention its tools to the model when none may be called', async () => {
    const { engine } = await borrowed()
    await engine.load(request(), () => {}, live)
    const tools = [{ name: 'calculate', description: 'Calculates.', parameters: {} }]
    const without = await collect(engine.generate(ask('Hello'), live))
    const none = await collect(engine.generate(ask('Hello', { tools, toolChoice: 'none' }), live))
    expect(none.finish.usage.promptTokens).toBe(without.finish.usage.promptTokens)
    await engine[Symbol.asyncDispose]()
  })
})

describe('loading a model that cannot be', { timeout: 60_000 }, () => {
  test('a truncated file is refused before the engine sees it, and the next one loads', async () => {
    const { engine } = await borrowed()
    const error = await failure(engine.load(request(starter.slice(0, 1_000_000)), () => {}, live))
    expect(error.code).toBe('bad-model')
    expect(error.message).toContain('cut short')
    await engine.load(request(), () => {}, live)
    await counts(engine)
    await engine[Symbol.asyncDispose]()
  })

  test('a file of an unknown architecture is refused with llama.cpp’s reason, and the next one loads', async () => {
    const { engine } = await borrowed()
    // Eight bytes of length, then the name.
    const bytes = await altered('general.architecture', (view, at) => view.setUint8(at + 8, 'x'.charCodeAt(0)))
    const error = await failure(engine.load(request(bytes), () => {}, live))
    expect(error.code).toBe('bad-model')
    expect(error.message).toContain("unknown model architecture: 'xlama'")
    await engine.load(request(), () => {}, live)
    await counts(engine)
    await engine[Symbol.asyncDispose]()
  })

  test('a file that makes llama.cpp abort is refused, and the next one loads', async () => {
    const { engine } = await borrowed()
    const bytes = await altered('llama.attention.layer_norm_rms_epsilon', (view, at) => view.setFloat32(at, NaN, true))
    expect((await failure(engine.load(request(bytes), () => {}, live))).code).toBe('bad-model')
    expect(engine.lost.aborted).toBe(false)
    await engine.load(request(), () => {}, live)
    await counts(engine)
    await engine[Symbol.asyncDispose]()
  })

  test('a window that no memory can hold is out-of-memory with what it would need, and a smaller one loads', async () => {
    const { engine } = await borrowed()
    const bytes = await altered('llama.context_length', (view, at) => view.setUint32(at, 2 ** 31 - 1, true))
    const error = await failure(engine.load(request(bytes, 50_000_000), () => {}, live))
    expect(error.code).toBe('out-of-memory')
    expect((error as HearthError<'out-of-memory'>).data.neededBytes).toBeGreaterThan(2e11)
    await engine.load(request(bytes, 2048), () => {}, live)
    await counts(engine)
    await engine[Symbol.asyncDispose]()
  })

  test('a load that is aborted ends with the reason of the signal, and the next one loads', async () => {
    const { engine } = await borrowed()
    const abort = new AbortController()
    const stopped = engine.load(request(), () => abort.abort(new Error('changed my mind')), abort.signal)
    await expect(stopped).rejects.toThrow('changed my mind')
    await engine.load(request(), () => {}, live)
    await counts(engine)
    await engine[Symbol.asyncDispose]()
  })

  test('a tab that closes while it loads loses the engine', async () => {
    const { engine, lender } = await borrowed()
    const loading = engine.load(request(), () => lender.leases[0]?.closeTab(), live)
    expect((await failure(loading)).code).toBe('engine-lost')
    expect(engine.lost.aborted).toBe(true)
  })

  test('disposing of the engine has the tab end the worker', async () => {
    const { engine, lender } = await borrowed()
    await engine[Symbol.asyncDispose]()
    expect(lender.leases[0]?.killed).toBe(true)
  })
})
