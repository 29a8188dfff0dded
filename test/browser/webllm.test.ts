/**
 * WebLLM for real, as far as it goes without MLC weights, which no package registry has: in the GPU engine's SharedWorker, with
 * a WebGPU adapter (SwiftShader where there is no GPU). With HEARTH_WEBLLM_MODEL and HEARTH_WEBLLM_LIB set to the addresses of
 * weights and of a library for WebLLM's release, the engine contract runs on them too.
 */
import { afterEach, describe, expect, inject, test } from 'vitest'
import { HearthError, type LendKind, type ModelSource, type Progress } from '../../kernel/abi/index.ts'
import type { Engine, LoadRequest } from '../../kernel/core/engines/engine.ts'
import { webllmCatalogue } from '../../kernel/drivers/webllm/catalogue.ts'
import { createWebllmEngine } from '../../kernel/drivers/webllm/engine.ts'
import { ask, collect } from '../contract/answers.ts'
import { engineContract } from '../contract/engine.ts'
import { createGpuLender, type GpuLender } from '../fixtures/gpu-lender.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    webllm: { weights: string | null; library: string | null }
  }
}

const live = new AbortController().signal
let lenders: GpuLender[] = []
let engines: Engine[] = []

afterEach(async () => {
  for (const engine of engines) await engine[Symbol.asyncDispose]()
  for (const lender of lenders) lender[Symbol.dispose]()
  engines = []
  lenders = []
})

async function open(
  options: Parameters<typeof createGpuLender>[0] = {},
): Promise<{ engine: Engine; lender: GpuLender }> {
  const lender = createGpuLender(options)
  lenders.push(lender)
  const engine = await createWebllmEngine(lender, live, () => {})
  engines.push(engine)
  return { engine, lender }
}

function listed(modelId: string): LoadRequest {
  return { model: modelId, source: { kind: 'webllm', modelId }, contextTokens: 4096, bytes: null }
}

/** A model of the test's own server (fixtures/weight-server.ts). */
function own(name: string, file: string): LoadRequest {
  const source: ModelSource = {
    kind: 'webllm-url',
    modelId: `${name}-q4f32_1-MLC`,
    weights: new URL(`/weights/${name}`, location.href).href,
    library: new URL(`/weights/${name}/${file}`, location.href).href,
  }
  return { model: name, source, contextTokens: 128, bytes: null }
}

async function failure(work: Promise<unknown>): Promise<HearthError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof HearthError) return error as HearthError
  throw new Error(`not a HearthError: ${String(error)}`)
}

const json = async (path: string): Promise<unknown> => (await fetch(path)).json()

/** The far end of a link to a worker without an adapter: a fake, as this browser always has one. */
function fakeWorkerWithoutGpu(): MessagePort {
  const { port1, port2 } = new MessageChannel()
  port1.addEventListener('message', ({ data }: MessageEvent<{ id: number }>) => {
    port1.postMessage({ t: 'done', id: data.id, result: { reason: 'there is no adapter' } })
  })
  port1.start()
  return port2
}

describe('the GPU engine', () => {
  test('runs in a SharedWorker of its own, where there is an adapter', async () => {
    const { engine, lender } = await open()
    expect(lender.lent).toEqual(['gpu-link'])
    expect(engine.kind).toBe('webllm')
    expect(engine.lost.aborted).toBe(false)
  })

  test('imports WebLLM there only when a model is loaded, and knows its list', async () => {
    const { engine } = await open()
    const progress: Progress[] = []
    const error = await failure(engine.load(listed('No-Such-Model-q4f32_1-MLC'), (one) => progress.push(one), live))
    expect(error).toMatchObject({ code: 'not-found', data: { id: 'No-Such-Model-q4f32_1-MLC' } })
    expect(progress[0]?.note).toBe('starting WebLLM')
  })

  test('has no shader-f16 on SwiftShader, so that f16 models are refused with the f32 one to take', async ({
    skip,
  }) => {
    const adapter = await navigator.gpu.requestAdapter()
    if (adapter?.features.has('shader-f16')) skip('this adapter has shader-f16')
    const { engine } = await open()
    const error = await failure(engine.load(listed('Qwen3-1.7B-q4f16_1-MLC'), () => {}, live))
    expect(error).toMatchObject({ code: 'unsupported', data: { feature: 'shader-f16' } })
    expect(error.message).toContain('Take “Qwen3-1.7B-q4f32_1-MLC” instead')
  })

  test('says so where there is no f32 model to take', async ({ skip }) => {
    const adapter = await navigator.gpu.requestAdapter()
    if (adapter?.features.has('shader-f16')) skip('this adapter has shader-f16')
    const { engine } = await open()
    const error = await failure(engine.load(listed('gemma3-1b-it-q4f16_1-MLC'), () => {}, live))
    expect(error.code).toBe('unsupported')
    expect(error.message).toContain('a model whose name says f32')
  })

  test('falls back to a lent worker where the SharedWorker has no adapter', async () => {
    const { lender } = await open({ port: fakeWorkerWithoutGpu })
    expect(lender.lent).toEqual(['gpu-link', 'webllm'])
  })

  test('takes a lent worker where no tab can link a GPU engine', async () => {
    const { engine, lender } = await open({ kinds: ['webllm'] })
    expect(lender.lent).toEqual(['webllm'])
    expect((await failure(engine.load(listed('No-Such-Model'), () => {}, live))).code).toBe('not-found')
  })

  test('waits, and says so once, while no tab can lend anything', async () => {
    const lender = createGpuLender({ kinds: [] })
    const abort = new AbortController()
    let waits = 0
    const waiting = createWebllmEngine(lender, abort.signal, () => {
      waits += 1
      abort.abort(new Error('enough'))
    })
    await expect(waiting).rejects.toThrow('enough')
    expect(waits).toBe(1)
  })

  test('is unsupported where no worker has an adapter, and says what to use instead', async () => {
    const kinds: LendKind[] = []
    const lender = createGpuLender({ port: fakeWorkerWithoutGpu })
    const both = {
      borrow: (kind: LendKind, signal: AbortSignal) => {
        kinds.push(kind)
        return lender.borrow('gpu-link', signal).then((lease) => ({ ...lease, kind }))
      },
    }
    const error = await failure(createWebllmEngine(both, live, () => {}))
    expect(kinds).toEqual(['gpu-link', 'webllm'])
    expect(error).toMatchObject({ code: 'unsupported', data: { feature: 'webgpu' } })
    expect(error.message).toContain('GGUF')
  })

  test('is taken over by a newer link, and tells the older one', async () => {
    const { engine: older } = await open()
    const { engine: newer } = await open()
    await expect.poll(() => older.lost.aborted).toBe(true)
    expect(HearthError.is(older.lost.reason, 'engine-lost')).toBe(true)
    expect((await failure(collect(older.generate(ask('Hello'), live)))).code).toBe('engine-lost')
    expect((await failure(newer.load(listed('No-Such-Model'), () => {}, live))).code).toBe('not-found')
  })

  test('is lost with the tab that lent it', async () => {
    const { engine, lender } = await open()
    const reason = new HearthError('engine-lost', 'The tab has closed.', { engine: 'gpu-link', reason: 'closed' })
    const load = failure(engine.load(own('lost', 'endless.wasm'), () => {}, live))
    lender.lose(reason)
    expect(await load).toBe(reason)
    expect(engine.lost.reason).toBe(reason)
  })

  test('answers nothing before a model is loaded', async () => {
    const { engine } = await open()
    expect((await failure(collect(engine.generate(ask('Hello'), live)))).code).toBe('no-model')
    await engine.unload()
  })
})

describe('downloads', () => {
  test('tell their bytes, and an abort ends them at once and closes the connection', async () => {
    const { engine } = await open()
    const abort = new AbortController()
    const reason = new Error('enough')
    const done: number[] = []
    const load = engine.load(
      own('aborted', 'endless.wasm'),
      ({ doneBytes, phase }) => {
        if (phase === 'download') done.push(doneBytes)
        if (done.length === 5) abort.abort(reason)
      },
      abort.signal,
    )
    await expect(load).rejects.toBe(reason)
    expect(done).toEqual([...done].sort((one, other) => one - other))
    expect(done.at(-1)).toBeGreaterThan(16 * 1024)
    expect(await json('/weights/aborted/closed')).toBe(true)
    // The worker is free again.
    expect((await failure(engine.load(listed('No-Such-Model'), () => {}, live))).code).toBe('not-found')
  })

  test('keep in the browser what is complete, and do not fetch it again', async () => {
    const { engine } = await open()
    // Names differ from run to run: the browser keeps what it has cached.
    const name = `cached-${crypto.randomUUID()}`
    for (let round = 0; round < 2; round += 1) {
      const error = await failure(engine.load(own(name, 'junk.wasm'), () => {}, live))
      expect(error.code).toBe('bad-model')
    }
    expect(await json(`/weights/${name}/asked`)).toMatchObject({ 'resolve/main/mlc-chat-config.json': 1 })
  })

  test('of a library that is none end with bad-model', async () => {
    const { engine } = await open()
    const error = await failure(engine.load(own('junk', 'junk.wasm'), () => {}, live))
    expect(error).toMatchObject({ code: 'bad-model', data: { model: 'junk' } })
    expect(error.message).toContain('built for the WebLLM release')
  })

  test('that a server does not have end with its status and address', async () => {
    const { engine } = await open()
    const error = await failure(engine.load(own('missing', 'endless.wasm'), () => {}, live))
    expect(error).toMatchObject({ code: 'download-failed', data: { status: 404, offline: false } })
    expect(HearthError.is(error, 'download-failed') && error.data.url).toContain('/weights/missing/resolve/main/')
  })

  test('from a server that is not there end with its name and no status', async () => {
    const { engine } = await open()
    const request = own('gone', 'endless.wasm')
    // The discard port: nothing listens there.
    const source = { ...request.source, weights: 'http://127.0.0.1:9/gone' } as ModelSource
    const error = await failure(engine.load({ ...request, source }, () => {}, live))
    expect(error).toMatchObject({ code: 'download-failed', data: { status: null } })
    expect(error.message).toContain('127.0.0.1:9')
  })
})

test('the catalogue is there without the library', async () => {
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name)
  expect((await webllmCatalogue()).length).toBeGreaterThan(100)
  expect(loaded.filter((name) => name.includes('mlc-ai'))).toEqual([])
})

const { weights, library } = inject('webllm')
if (weights === null || library === null) {
  const sentence =
    'NOT RUN: the engine contract on WebLLM (answers, tools, prefixes, usage). It needs MLC weights, which no package registry has: set HEARTH_WEBLLM_MODEL and HEARTH_WEBLLM_LIB to their address and to that of a library for this WebLLM release.'
  console.warn(sentence)
  test.skip(sentence, () => {})
} else {
  engineContract(
    'webllm',
    async () => {
      const lender = createGpuLender()
      const modelId = weights.replace(/\/+$/, '').split('/').at(-1) ?? 'model'
      const lost = new HearthError('engine-lost', 'The tab has closed.', { engine: 'gpu-link', reason: 'closed' })
      return {
        engine: await createWebllmEngine(lender, live, () => {}),
        load: {
          model: modelId,
          source: { kind: 'webllm-url', modelId, weights, library },
          contextTokens: 2048,
          bytes: null,
        },
        kill: () => lender.lose(lost),
      }
    },
    { timeoutMs: 20 * 60_000 },
  )
}
