/**
 * The weight cache against WebLLM itself: WebLLM writes what it can without weights (a configuration, by loading; the list of
 * shards, by asking to delete them), and says of what is written here in its way whether it takes it for a whole model.
 */
import { deleteModelInCache, hasModelInCache, prebuiltAppConfig } from '@mlc-ai/web-llm'
import type { AppConfig } from '@mlc-ai/web-llm'
import { deleteDB, openDB } from 'idb'
import { afterEach, beforeAll, expect, test } from 'vitest'
import type { CachedSource } from '../../kernel/core/engines/weight-cache.ts'
import { SCOPES } from '../../kernel/drivers/webllm/cache-store.ts'
import type { Scope } from '../../kernel/drivers/webllm/cache-store.ts'
import { createWebllmEngine } from '../../kernel/drivers/webllm/engine.ts'
import { appConfigFor } from '../../kernel/drivers/webllm/source.ts'
import { createWebllmWeightCache } from '../../kernel/drivers/webllm/weight-cache.ts'
import { createGpuLender } from '../fixtures/gpu-lender.ts'
import { start } from '../fixtures/models.ts'

const NOTHING = { bytes: 0, totalBytes: null, complete: false }
const TOKENIZER_BYTES = 40
const LIBRARY_BYTES = 70
const cache = createWebllmWeightCache()
const look = async (...sources: CachedSource[]) => cache.look(sources)

interface Own {
  readonly source: Extract<CachedSource, { kind: 'webllm-url' }>
  readonly config: AppConfig
  readonly base: string
}

/** A model of the test's own server (fixtures/weight-server.ts), new with each call. */
function own(): Own {
  const weights = new URL(`/weights/${crypto.randomUUID()}`, location.href).href
  const library = `${weights}/junk.wasm`
  const source = { kind: 'webllm-url' as const, modelId: 'Test-q4f32_1-MLC', weights, library }
  const { record: _, ...config } = appConfigFor(source, prebuiltAppConfig)
  return { source, config, base: `${weights}/resolve/main/` }
}

/** Has WebLLM fetch and keep the configuration, through the driver, before it fails over a library that is none. */
async function begin({ source }: Own): Promise<void> {
  const live = new AbortController().signal
  using lender = createGpuLender()
  const engine = await createWebllmEngine(lender, live, () => {})
  const load = engine.load({ model: 'test', source, contextTokens: 128, bytes: null }, () => {}, live)
  await expect(load).rejects.toMatchObject({ code: 'bad-model' })
  await engine[Symbol.asyncDispose]()
}

/** WebLLM deletes by its list, which it fetches and keeps for that. */
const keepList = ({ source, config }: Own) => deleteModelInCache(source.modelId, config)

/** Writes as WebLLM does; makes the database too, where WebLLM has not yet. */
async function put(scope: Scope, url: string, data: unknown): Promise<void> {
  const database = await openDB(scope, 1, {
    upgrade: (fresh) => void fresh.createObjectStore('urls', { keyPath: 'url' }),
  })
  await database.add('urls', { data, url })
  database.close()
}

async function putRest({ base, source, config }: Own): Promise<void> {
  expect(await hasModelInCache(source.modelId, config)).toBe(false)
  await put('webllm/model', `${base}tokenizer.json`, new ArrayBuffer(TOKENIZER_BYTES))
  await put('webllm/model', `${base}params_shard_0.bin`, new ArrayBuffer(300))
  expect(await hasModelInCache(source.modelId, config)).toBe(false)
}

async function sizeOf(url: string): Promise<number> {
  return (await (await fetch(url)).arrayBuffer()).byteLength
}

beforeAll(async () => {
  for (const scope of SCOPES) await deleteDB(scope)
})

afterEach(async () => {
  for (const scope of SCOPES) {
    const database = await openDB(scope, 1, {
      upgrade: (fresh) => void fresh.createObjectStore('urls', { keyPath: 'url' }),
    })
    await database.clear('urls')
    database.close()
  }
})

test('looking makes no databases, in which WebLLM would find no stores', async () => {
  const { source } = own()
  expect(await look(source, { kind: 'webllm', modelId: 'No-Such-Model' })).toEqual([NOTHING, NOTHING])
  expect(await cache.usage()).toBe(0)
  expect(await cache.remove(source, [])).toBe(0)
  const names = (await indexedDB.databases()).map(({ name }) => name)
  expect(names.filter((name) => name?.startsWith('webllm/'))).toEqual([])
})

test('sees what WebLLM has written, shard by shard, and calls complete what WebLLM does', async () => {
  const model = own()
  await begin(model)
  const configBytes = await sizeOf(`${model.base}mlc-chat-config.json`)
  expect(await look(model.source)).toEqual([{ bytes: configBytes, totalBytes: null, complete: false }])
  await keepList(model)
  const before = configBytes + (await sizeOf(`${model.base}tensor-cache.json`))
  expect(await look(model.source)).toEqual([{ bytes: before, totalBytes: before + 500, complete: false }])
  await putRest(model)
  const most = before + TOKENIZER_BYTES
  expect(await look(model.source)).toEqual([{ bytes: most + 300, totalBytes: most + 500, complete: false }])
  await put('webllm/model', `${model.base}params_shard_1.bin`, new ArrayBuffer(200))
  expect(await hasModelInCache(model.source.modelId, model.config)).toBe(true)
  expect(await cache.usage()).toBe(most + 500)
  // WebLLM keeps no library from localhost, so that nothing is missing there.
  const elsewhere = { ...model.source, library: 'https://example.org/library.wasm' }
  const found = { bytes: most + 500, totalBytes: most + 500 }
  const complete = model.source.library.includes('localhost')
  expect(await look(model.source, elsewhere)).toEqual([
    { ...found, complete },
    { ...found, complete: false },
  ])
  await put('webllm/wasm', elsewhere.library, new ArrayBuffer(LIBRARY_BYTES))
  expect(await look(elsewhere)).toEqual([
    { bytes: found.bytes + LIBRARY_BYTES, totalBytes: found.bytes + LIBRARY_BYTES, complete: true },
  ])
})

test('removes what WebLLM has written, and nothing of others', async () => {
  const [model, other] = [own(), own()]
  for (const one of [model, other]) {
    await begin(one)
    await keepList(one)
    await putRest(one)
  }
  const [before] = await look(model.source)
  const [kept] = await look(other.source)
  expect(await cache.remove(model.source, [other.source])).toBe(before?.bytes)
  expect(await look(model.source, other.source)).toEqual([NOTHING, kept])
  expect(await cache.usage()).toBe(kept?.bytes)
})

test('finds the models of WebLLM’s list where WebLLM does, and keeps a library that another one needs', async () => {
  const records = prebuiltAppConfig.model_list
  const ids = ['Llama-3.2-3B-Instruct-q4f32_1-MLC', 'Hermes-3-Llama-3.2-3B-q4f32_1-MLC'] as const
  const config: AppConfig = { ...prebuiltAppConfig, cacheBackend: 'indexeddb' }
  const libraries = new Set<string>()
  for (const id of ids) {
    const record = records.find(({ model_id }) => model_id === id)
    if (!record) throw new Error(`WebLLM’s list has no ${id} any more`)
    const base = `${record.model}/resolve/main/`
    libraries.add(record.model_lib)
    await put('webllm/config', `${base}mlc-chat-config.json`, new ArrayBuffer(10))
    await put('webllm/model', `${base}tokenizer.json`, new ArrayBuffer(TOKENIZER_BYTES))
    await put('webllm/model', `${base}tensor-cache.json`, { records: [{ dataPath: 'shard.bin', nbytes: 300 }] })
    await put('webllm/model', `${base}shard.bin`, new ArrayBuffer(300))
    expect(await hasModelInCache(id, config)).toBe(true)
  }
  const [library = '', ...more] = libraries
  expect(more).toEqual([])
  await put('webllm/wasm', library, new ArrayBuffer(LIBRARY_BYTES))
  const [one, two] = ids.map((modelId) => ({ kind: 'webllm' as const, modelId }))
  if (!one || !two) throw new Error('two models')
  const [found] = await look(one)
  expect(await look(one, two)).toEqual([found, found])
  expect(found?.complete).toBe(true)
  expect(await cache.remove(one, [two])).toBe((found?.bytes ?? 0) - LIBRARY_BYTES)
  expect(await look(one, two)).toEqual([NOTHING, found])
  expect(await cache.remove(two, [one])).toBe(found?.bytes)
  expect(await cache.usage()).toBe(0)
})

test('a model that was begun is paused, and discarding it frees just that', async () => {
  const model = own()
  const { call, stateOf } = await start({ weights: cache })
  const { id } = await call('model.add', { source: model.source })
  expect(await stateOf(id)).toEqual({ kind: 'absent' })
  await begin(model)
  await keepList(model)
  const { bytes = 0 } = (await look(model.source))[0] ?? {}
  const next = await start({ weights: cache })
  const again = await next.call('model.add', { source: model.source })
  expect(again.state).toMatchObject({ kind: 'paused', progress: { doneBytes: bytes, totalBytes: bytes + 500 } })
  expect(await next.call('model.discard', { id: again.id })).toEqual({ freedBytes: bytes })
  expect(await next.stateOf(again.id)).toEqual({ kind: 'absent' })
  expect(await look(model.source)).toEqual([NOTHING])
})
