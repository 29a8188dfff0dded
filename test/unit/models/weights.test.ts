/** Models whose engine keeps their bytes: what is said of them, and freeing them. What is in the cache, each test says. */
import { beforeEach, describe, expect, test } from 'vitest'
import { HearthError } from '../../../kernel/abi/index.ts'
import type { CachedSource } from '../../../kernel/core/engines/weight-cache.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createMemoryLiveness } from '../../../kernel/drivers/memory/liveness.ts'
import { createMemoryModelFiles } from '../../../kernel/drivers/memory/model-files.ts'
import { createMemoryWeightCache } from '../../../kernel/drivers/memory/weight-cache.ts'
import type { MemoryWeightCache } from '../../../kernel/drivers/memory/weight-cache.ts'
import { createScriptedEngine } from '../../../kernel/drivers/scripted/engine.ts'
import type { ScriptedOptions } from '../../../kernel/drivers/scripted/engine.ts'
import { webllmCatalogue } from '../../../kernel/drivers/webllm/catalogue.ts'
import { bootNode } from '../../../kernel/hosts/node.ts'
import { ask, asker, createEngineQueue, defer, read, start } from '../../fixtures/models.ts'
import { TestClient } from '../kernel/fixture.ts'

const id = 'Qwen3-1.7B-q4f32_1-MLC'
const source: CachedSource = { kind: 'webllm', modelId: id }
const whole = { bytes: 500, totalBytes: 500, complete: true }
const half = { bytes: 300, totalBytes: 500, complete: false }
const catalogue = await webllmCatalogue()

let weights: MemoryWeightCache
let database: Database

beforeEach(() => {
  weights = createMemoryWeightCache()
  database = createMemoryDatabase()
})

/** WebLLM by a scripted engine, which leaves the weights in the cache when a load is complete. */
const scripted = (onLoad: ScriptedOptions['onLoad'] = async () => weights.set(source, whole)) =>
  createScriptedEngine({ kind: 'webllm', script: () => ['Hello ', 'there.'], onLoad })

function begin(...engines: readonly ReturnType<typeof scripted>[]) {
  return start({ webllm: createEngineQueue(...engines).factory, catalogues: [catalogue], weights, database })
}

const load = { id, makeDefault: true }

describe('a model of WebLLM’s list', () => {
  test('is absent while nothing of it is there, like all others', async () => {
    const { call } = await begin()
    const { models } = await call('model.list', { all: true })
    const webllm = models.filter(({ engine }) => engine === 'webllm')
    expect(webllm.length).toBe(catalogue.length)
    expect(new Set(webllm.map(({ state }) => state.kind))).toEqual(new Set(['absent']))
  })

  test('is paused with what is there of it, and no answer begins to download the rest', async () => {
    weights.set(source, half)
    const { call, service, stateOf } = await begin(scripted())
    expect(await stateOf(id)).toMatchObject({ kind: 'paused', progress: { doneBytes: 300, totalBytes: 500 } })
    const options = { model: id, by: asker('Test'), signal: new AbortController().signal }
    await expect(read(service.generate(ask('Hello'), options))).rejects.toMatchObject({ code: 'no-model' })
    expect((await call('model.load', load)).state.kind).toBe('ready')
  })

  test('is stored with its real size when all of it is there', async () => {
    weights.set(source, whole)
    const { call } = await begin()
    const { models } = await call('model.list', { all: false })
    expect(models.find((model) => model.id === id)).toMatchObject({
      state: { kind: 'stored' },
      sizeBytes: 500,
      sizeEstimated: false,
    })
  })

  test('is stored once it was loaded, and in the next kernel', async () => {
    const { call, statesOf } = await begin(scripted())
    await call('model.load', load)
    await call('model.unload', { id })
    expect(statesOf(id)).toEqual(['loading', 'ready', 'stored'])
    expect(await (await begin()).stateOf(id)).toEqual({ kind: 'stored' })
  })

  test('is absent in the next kernel when the browser has deleted it in between', async () => {
    await (await begin(scripted())).call('model.load', load)
    await weights.remove(source, [])
    expect(await (await begin()).stateOf(id)).toEqual({ kind: 'absent' })
  })

  test('that is removed while loaded is unloaded first, and frees what was there', async () => {
    const engine = scripted()
    const { call, statesOf, stateOf } = await begin(engine)
    await call('model.load', load)
    expect(await call('model.remove', { id })).toEqual({ freedBytes: 500 })
    expect(engine.disposed).toBe(true)
    expect(statesOf(id)).toEqual(['loading', 'ready', 'stored', 'absent'])
    expect(await weights.usage()).toBe(0)
    expect(await (await begin()).stateOf(id)).toEqual({ kind: 'absent' })
    expect(await stateOf(id)).toEqual({ kind: 'absent' })
  })

  test('is paused when its first load is stopped midway, and discarding frees that', async () => {
    const { promise: loading, resolve } = defer()
    const engine = scripted((_request, signal) => {
      weights.set(source, half)
      resolve()
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })
    const { call, stateOf, events } = await begin(engine)
    const { promise: paused, resolve: isPaused } = defer()
    events.subscribe((event) => {
      if (event.type === 'model' && event.model.id === id && event.model.state.kind === 'paused') isPaused()
    })
    const failed = expect(call('model.load', load)).rejects.toMatchObject({ code: 'cancelled' })
    await loading
    await call('model.pause', { id })
    await failed
    await paused
    expect(await stateOf(id)).toMatchObject({ kind: 'paused', progress: { doneBytes: 300, totalBytes: 500 } })
    expect(await call('model.discard', { id })).toEqual({ freedBytes: 300 })
    expect(await stateOf(id)).toEqual({ kind: 'absent' })
  })

  test('is paused with the reason when the network fails, and failed when nothing arrived', async () => {
    const data = { url: 'https://example.org/', status: null, offline: true, receivedBytes: 0 }
    const offline = new HearthError('download-failed', 'You are offline.', data)
    const failing = () => scripted(() => Promise.reject(offline))
    const { call, stateOf, events } = await begin(failing(), failing())
    await expect(call('model.load', load)).rejects.toBe(offline)
    expect(await stateOf(id)).toMatchObject({ kind: 'failed', code: 'download-failed' })
    const { promise: paused, resolve } = defer()
    events.subscribe((event) => {
      if (event.type === 'model' && event.model.state.kind === 'paused') resolve()
    })
    weights.set(source, half)
    await expect(call('model.load', load)).rejects.toBe(offline)
    await paused
    expect(await stateOf(id)).toMatchObject({ kind: 'paused', reason: 'You are offline.' })
  })
})

test('models with the same weights are there together and go together', async () => {
  const shared = { kind: 'webllm-url' as const, weights: 'https://example.org/weights' }
  const one: CachedSource = { ...shared, modelId: 'one', library: 'https://example.org/one.wasm' }
  const other: CachedSource = { ...shared, modelId: 'other', library: 'https://example.org/other.wasm' }
  const first = await begin()
  const { id: oneId } = await first.call('model.add', { source: one })
  const { id: otherId } = await first.call('model.add', { source: other })
  weights.set(one, whole)
  const { call, stateOf } = await begin()
  expect([await stateOf(oneId), await stateOf(otherId)]).toEqual([{ kind: 'stored' }, { kind: 'stored' }])
  expect(await call('model.remove', { id: oneId })).toEqual({ freedBytes: 500 })
  expect([await stateOf(oneId), await stateOf(otherId)]).toEqual([undefined, { kind: 'absent' }])
})

test('a cache that cannot be read leaves what was noted, and the list works', async () => {
  await (await begin(scripted())).call('model.load', load)
  weights.look = () => Promise.reject(new HearthError('storage-failed', 'No.', { reason: 'broken' }))
  expect(await (await begin()).stateOf(id)).toEqual({ kind: 'stored' })
})

test('the kernel counts files and cached weights together', async () => {
  const files = createMemoryModelFiles()
  const writer = await files.writer('file')
  await writer.write(new Uint8Array(70))
  await writer.finish()
  weights.set(source, half)
  const liveness = createMemoryLiveness()
  const kernel = await bootNode({ liveness, files, weights })
  const client = await TestClient.open({ liveness, sessions: { connect: kernel.connect } })
  expect(await client.call('kernel.storage')).toMatchObject({ result: { modelBytes: 370 } })
  await kernel[Symbol.asyncDispose]()
})
