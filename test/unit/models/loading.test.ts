import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HearthError } from '../../../kernel/abi/index.ts'
import type { Progress } from '../../../kernel/abi/index.ts'
import { syscalls } from '../../../kernel/abi/syscalls/index.ts'
import type { Engine } from '../../../kernel/core/engines/engine.ts'
import { ggufMemoryBytes, readGguf } from '../../../kernel/core/engines/gguf.ts'
import type { ModelFiles } from '../../../kernel/core/engines/model-files.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createMemoryModelFiles } from '../../../kernel/drivers/memory/model-files.ts'
import { createScriptedEngine } from '../../../kernel/drivers/scripted/engine.ts'
import type { ScriptedEngine, ScriptedOptions } from '../../../kernel/drivers/scripted/engine.ts'
import { startRangeServer } from '../../fixtures/range-server.ts'
import type { RangeServer } from '../../fixtures/range-server.ts'
import { ask, asker, createEngineQueue, defer, read, start } from '../../fixtures/models.ts'

/** A real model file, so that it is checked for real. */
const gguf = await readFile(new URL('../../../wasm/starter/starter.gguf', import.meta.url))
const whole = new Uint8Array(gguf)

let server: RangeServer
let files: ModelFiles
let database: Database

beforeEach(async () => {
  server = await startRangeServer()
  server.files.set('/model.gguf', { bytes: whole, etag: '"a"' })
  files = createMemoryModelFiles({ segmentBytes: 64 * 1024, bundled: async () => new Blob([whole]) })
  database = createMemoryDatabase()
})
afterEach(() => server[Symbol.asyncDispose]())

const scripted = (change: Partial<ScriptedOptions> = {}) =>
  createScriptedEngine({ script: () => ['Hello ', 'there.'], ...change })

function begin(...engines: readonly Engine[]) {
  return start({ llamacpp: createEngineQueue(...engines).factory, files, database })
}

const source = () => ({ kind: 'gguf-url' as const, url: `${server.url}/model.gguf` })
const cancelled = (by: 'caller' | 'tab') => new HearthError('cancelled', 'Gone.', { by })

/** Resolves with the first progress of a download that has bytes. */
function whenMoving() {
  const { promise, resolve } = defer()
  const emit = ({ phase, doneBytes }: Progress) => {
    if (phase === 'download' && doneBytes > 0) resolve()
  }
  return { moving: promise, emit }
}

describe('the starter', () => {
  test('loads without a download, becomes the default, and answers', async () => {
    const engine = scripted()
    const { call, service, statesOf } = await begin(engine)
    await expect(service.ready(null, new AbortController().signal)).rejects.toMatchObject({ code: 'no-model' })
    const info = await call('model.load', { id: 'starter', makeDefault: true })
    expect(info).toMatchObject({ id: 'starter', licence: 'Apache-2.0', state: { kind: 'ready', slots: 2 } })
    expect(statesOf('starter')).toEqual(['loading', 'ready'])
    const ready = await service.ready(null, new AbortController().signal)
    expect(ready).toEqual({ id: 'starter', contextTokens: 1024, tools: true })
    const options = { model: null, by: asker('Ann'), signal: new AbortController().signal }
    expect((await read(service.generate(ask('hi'), options))).text).toBe('Hello there.')
    expect(service.stats().outbound).toEqual([])
  })

  test('is the default of the next kernel too, and loads there when it is first needed', async () => {
    await (await begin(scripted())).call('model.load', { id: 'starter', makeDefault: true })
    const next = scripted()
    const { service, stateOf } = await begin(next)
    expect(await stateOf('starter')).toEqual({ kind: 'stored' })
    expect(next.loaded).toBeNull()
    const options = { model: null, by: asker('Ann'), signal: new AbortController().signal }
    const { text, types } = await read(service.generate(ask('hi'), options))
    expect(text).toBe('Hello there.')
    expect(types.slice(0, 2)).toEqual(['paused', 'resumed'])
  })

  test('comes back by itself when its engine is lost, though nobody asks', async () => {
    const first = scripted()
    const second = scripted()
    const { call, statesOf, published } = await begin(first, second)
    await call('model.load', { id: 'starter', makeDefault: true })
    first.lose('its tab closed')
    await call('model.load', { id: 'starter', makeDefault: true })
    expect(second.loaded).toBe('starter')
    expect(first.disposed).toBe(true)
    expect(statesOf('starter')).toEqual(['loading', 'ready', 'stored', 'loading', 'ready'])
    expect(published.find(({ type }) => type === 'notice')).toMatchObject({ code: 'engine-lost' })
  })

  test('can be unloaded, which gives its engine back', async () => {
    const engine = scripted()
    const { call, stateOf } = await begin(engine)
    await call('model.load', { id: 'starter', makeDefault: true })
    await call('model.unload', { id: 'starter' })
    expect(engine.disposed).toBe(true)
    expect(await stateOf('starter')).toEqual({ kind: 'stored' })
  })

  test('tries another engine when one dies while loading, and fails after several', async () => {
    const lost = () => {
      const engine: ScriptedEngine = scripted({ onLoad: async () => engine.lose('it crashed') })
      return engine
    }
    const { call } = await begin(lost(), scripted())
    expect(await call('model.load', { id: 'starter', makeDefault: true })).toMatchObject({ state: { kind: 'ready' } })
    const crashing = [lost(), lost(), lost(), lost()]
    const other = await begin(...crashing)
    const loading = other.call('model.load', { id: 'starter', makeDefault: false })
    await expect(loading).rejects.toMatchObject({ code: 'engine-lost' })
    await expect(loading).rejects.toThrow('ended 3 times in a row')
    expect(crashing.filter(({ disposed }) => disposed)).toHaveLength(3)
    expect(await other.stateOf('starter')).toMatchObject({ kind: 'failed', code: 'engine-lost' })
  })
})

describe('a model by address', () => {
  test('is downloaded, checked, loaded, and still there in the next kernel', async () => {
    const engine = scripted()
    const { call, statesOf, service } = await begin(engine)
    const { id } = await call('model.add', { source: source(), name: 'Mine' })
    const info = await call('model.load', { id, makeDefault: true })
    expect(info).toMatchObject({ name: 'Mine', sizeBytes: whole.byteLength, contextTokens: 2048, listed: false })
    expect(statesOf(id)).toEqual(['absent', 'downloading', 'stored', 'loading', 'ready'])
    expect(service.stats().outbound).toEqual([server.url.slice('http://'.length)])
    expect(await (await begin(scripted())).stateOf(id)).toEqual({ kind: 'stored' })
  })

  test('is downloaded and loaded once, however many ask', async () => {
    const { call } = await begin(scripted())
    const { id } = await call('model.add', { source: source() })
    const again = await call('model.add', { source: source() })
    expect(again.id).toBe(id)
    const loads = [1, 2, 3].map(() => call('model.load', { id, makeDefault: false }))
    expect((await Promise.all(loads)).map(({ state }) => state.kind)).toEqual(['ready', 'ready', 'ready'])
    expect(server.ranges).toEqual([null])
  })

  test('pauses when the only one who asked cancels, and goes on from there', async () => {
    server.files.set('/model.gguf', { bytes: whole, etag: '"a"', holdAfter: 1_000_000 })
    const { call, stateOf } = await begin(scripted())
    const { id } = await call('model.add', { source: source() })
    const caller = new AbortController()
    const { moving, emit } = whenMoving()
    const load = call('model.load', { id, makeDefault: false }, caller.signal, emit)
    await moving
    caller.abort(cancelled('caller'))
    await expect(load).rejects.toMatchObject({ code: 'cancelled' })
    await call('model.pause', { id })
    expect(await stateOf(id)).toMatchObject({ kind: 'paused', reason: 'You paused it.' })
    server.release()
    await call('model.load', { id, makeDefault: false })
    expect(server.ranges).toHaveLength(2)
    expect(server.ranges[1]).toMatch(/^bytes=[1-9]\d*-$/)
  })

  test('goes on downloading when the tab that asked dies, or one of two who asked cancels', async () => {
    server.files.set('/model.gguf', { bytes: whole, etag: '"a"', holdAfter: 1_000_000 })
    const { call, stateOf } = await begin(scripted())
    const { id } = await call('model.add', { source: source() })
    const [tab, caller] = [new AbortController(), new AbortController()]
    const { moving, emit } = whenMoving()
    const first = call('model.load', { id, makeDefault: false }, tab.signal, emit)
    const second = call('model.load', { id, makeDefault: false }, caller.signal)
    const third = call('model.load', { id, makeDefault: false })
    await moving
    caller.abort(cancelled('caller'))
    tab.abort(cancelled('tab'))
    await expect(first).rejects.toMatchObject({ code: 'cancelled' })
    await expect(second).rejects.toMatchObject({ code: 'cancelled' })
    expect(await stateOf(id)).toMatchObject({ kind: 'downloading' })
    server.release()
    expect(await third).toMatchObject({ state: { kind: 'ready' } })
    expect(server.ranges).toEqual([null])
  })

  test('goes on downloading when nobody is left but dead tabs', async () => {
    server.files.set('/model.gguf', { bytes: whole, etag: '"a"', holdAfter: 1_000_000 })
    const { call, service } = await begin(scripted())
    const { id } = await call('model.add', { source: source() })
    const tab = new AbortController()
    const { moving, emit } = whenMoving()
    const load = call('model.load', { id, makeDefault: false }, tab.signal, emit)
    await moving
    tab.abort(cancelled('tab'))
    await expect(load).rejects.toMatchObject({ code: 'cancelled' })
    // An agent that needs it waits for it, and giving up does not stop it.
    const agent = new AbortController()
    const waits = service.ready(id, agent.signal)
    agent.abort(cancelled('caller'))
    await expect(waits).rejects.toMatchObject({ code: 'cancelled' })
    server.release()
    expect(await service.ready(id, new AbortController().signal)).toMatchObject({ id })
  })

  test('is paused after its kernel died, with what is safe, and can be resumed', async () => {
    server.files.set('/model.gguf', { bytes: whole, etag: '"a"', holdAfter: 1_000_000 })
    const dying = await begin(scripted())
    const { id } = await dying.call('model.add', { source: source() })
    const { moving, emit } = whenMoving()
    const load = dying.call('model.load', { id, makeDefault: false }, undefined, emit)
    await moving
    await Promise.all([dying.service[Symbol.asyncDispose](), expect(load).rejects.toMatchObject({ code: 'cancelled' })])
    server.release()
    const { call, stateOf } = await begin(scripted())
    const state = await stateOf(id)
    expect(state).toMatchObject({ kind: 'paused', progress: { totalBytes: whole.byteLength } })
    expect(state?.kind === 'paused' && state.progress.doneBytes).toBeGreaterThan(0)
    expect(await call('model.load', { id, makeDefault: false })).toMatchObject({ state: { kind: 'ready' } })
    expect(server.ranges.at(-1)).toMatch(/^bytes=[1-9]/)
  })

  test('drops what it fetched when it is discarded, and stays listed', async () => {
    server.files.set('/model.gguf', { bytes: whole, etag: '"a"', holdAfter: 1_000_000 })
    const { call, stateOf } = await begin(scripted())
    const { id } = await call('model.add', { source: source() })
    const { moving, emit } = whenMoving()
    const load = call('model.load', { id, makeDefault: false }, undefined, emit)
    await moving
    const [{ freedBytes }] = await Promise.all([
      call('model.discard', { id }),
      expect(load).rejects.toMatchObject({ code: 'cancelled' }),
    ])
    expect(freedBytes).toBeGreaterThan(0)
    expect(await files.usage()).toBe(0)
    expect(await stateOf(id)).toEqual({ kind: 'absent' })
  })

  test('fails when what arrives is no whole model, and keeps nothing of it', async () => {
    server.files.set('/model.gguf', { bytes: whole.subarray(0, 2_000_000) })
    const { call, stateOf } = await begin(scripted())
    const { id } = await call('model.add', { source: source() })
    await expect(call('model.load', { id, makeDefault: true })).rejects.toMatchObject({ code: 'bad-model' })
    expect(await stateOf(id)).toMatchObject({ kind: 'failed', code: 'bad-model' })
    expect(await files.usage()).toBe(0)
  })

  test('is not even begun when the browser has no room for it, and says how much is missing', async () => {
    const { call, platform, stateOf } = await begin(scripted())
    Object.assign(platform, { storage: async () => ({ usageBytes: 1e6, quotaBytes: 2e6, persistent: true }) })
    const { id } = await call('model.add', { source: source(), name: 'Mine' })
    const load = call('model.load', { id, makeDefault: true })
    await expect(load).rejects.toThrow('Mine needs 3.8 MB more, and the browser has 1 MB left for this site.')
    expect(await stateOf(id)).toMatchObject({ kind: 'paused', progress: { doneBytes: 0 } })
    expect(await files.usage()).toBe(0)
  })

  test('is paused with the reason when the server fails, and an agent is told to download it', async () => {
    server.files.set('/model.gguf', { bytes: whole, status: 404 })
    const { call, stateOf, service } = await begin(scripted())
    const { id } = await call('model.add', { source: source() })
    await expect(call('model.load', { id, makeDefault: false })).rejects.toMatchObject({ code: 'download-failed' })
    expect(await stateOf(id)).toMatchObject({ kind: 'paused' })
    await expect(service.ready(id, new AbortController().signal)).rejects.toMatchObject({ code: 'no-model' })
  })

  test('frees its bytes when it is removed, and is forgotten; the default goes with it', async () => {
    const engine = scripted()
    const { call, stateOf } = await begin(engine)
    const { id } = await call('model.add', { source: source() })
    await call('model.load', { id, makeDefault: true })
    expect(await call('model.remove', { id })).toEqual({ freedBytes: whole.byteLength })
    expect(engine.disposed).toBe(true)
    expect(await stateOf(id)).toBeUndefined()
    expect((await call('model.list', { all: false })).default).toBeNull()
    await expect(call('model.load', { id, makeDefault: true })).rejects.toMatchObject({ code: 'not-found' })
    expect(await (await begin(scripted())).stateOf(id)).toBeUndefined()
  })
})

describe('a model from a file', () => {
  const fileSource = (bytes: number) => ({ kind: 'gguf-file' as const, name: 'mine.gguf', bytes })

  test('is checked, copied, and loads', async () => {
    const { call } = await begin(scripted())
    const file = new Blob([whole])
    const info = await call('model.add', { source: fileSource(file.size), file })
    expect(info).toMatchObject({ name: 'mine', state: { kind: 'stored' }, sizeBytes: file.size })
    expect(await files.usage()).toBe(file.size)
    expect(await call('model.load', { id: info.id, makeDefault: true })).toMatchObject({ state: { kind: 'ready' } })
  })

  test('tells the memory it takes from what it holds, anew when its window changes', async () => {
    const { call } = await begin(scripted())
    const source = fileSource(whole.byteLength)
    const { memoryBytes, contextTokens } = await call('model.add', { source, file: new Blob([whole]) })
    const header = await readGguf(new Blob([whole]), new AbortController().signal)
    expect(memoryBytes).toBe(ggufMemoryBytes(header, contextTokens))
    const guessed = await call('model.add', { source, contextTokens: 512 })
    expect(guessed.memoryBytes).not.toBe(memoryBytes)
  })

  test('that is cut short or no model is refused before anything is stored', async () => {
    const { call } = await begin(scripted())
    const before = (await call('model.list', { all: false })).models.length
    for (const file of [new Blob([whole.subarray(0, 3_000_000)]), new Blob(['a letter to my aunt']), new Blob([])]) {
      const adding = call('model.add', { source: fileSource(file.size), file })
      await expect(adding).rejects.toMatchObject({ code: 'bad-model' })
    }
    await expect(call('model.add', { source: fileSource(5), file: 'no blob' })).rejects.toMatchObject({
      code: 'bad-request',
    })
    expect(await files.usage()).toBe(0)
    expect((await call('model.list', { all: false })).models).toHaveLength(before)
  })

  test('leaves nothing behind when the storage is full', async () => {
    files = createMemoryModelFiles({ quotaBytes: 1_000_000 })
    const { call } = await begin(scripted())
    const file = new Blob([whole])
    await expect(call('model.add', { source: fileSource(file.size), file })).rejects.toMatchObject({
      code: 'storage-full',
    })
    expect(await files.usage()).toBe(0)
    expect(await database.list('models')).toEqual([])
  })

  test('half copied by a kernel that died is cleared up by the next', async () => {
    const record = { id: 'model-9', name: 'mine', source: fileSource(100), contextTokens: 1024, sizeBytes: 100 }
    const half = { ...record, listed: false, partialBytes: 0, etag: null, stored: false }
    await database.commit([{ op: 'put', store: 'models', value: half }], 'strict')
    const writer = await files.writer('model-9')
    await writer.write(new Uint8Array(50))
    await writer.suspend()
    await begin(scripted())
    expect(await files.usage()).toBe(0)
    expect(await database.list('models')).toEqual([])
  })
})

test('a server’s key is stored for its engine and shown to nobody', async () => {
  const keys: unknown[] = []
  const engine = scripted({
    kind: 'openai',
    onLoad: async ({ source }) => void keys.push('key' in source && source.key),
  })
  const { call, published, service } = await start({ openai: createEngineQueue(engine).factory, files, database })
  const server = { kind: 'openai' as const, baseUrl: 'http://localhost:9999/v1', model: 'm', key: 'sk-secret' }
  const { id } = await call('model.add', { source: server })
  await call('model.load', { id, makeDefault: true })
  expect(keys).toEqual(['sk-secret'])
  expect(JSON.stringify([published, await call('model.list', { all: true })])).not.toContain('sk-secret')
  expect(service.stats().outbound).toEqual(['localhost:9999'])
})

test('an address with a password or a key in it is refused, since it would be shown', () => {
  const openai = (baseUrl: string) => ({ kind: 'openai', baseUrl, model: 'm' })
  const gguf = (url: string) => ({ kind: 'gguf-url', url })
  const isTaken = (source: object): boolean => syscalls['model.add'].args.safeParse({ source }).success
  expect(isTaken(openai('https://me:secret@models.example/v1'))).toBe(false)
  expect(isTaken(openai('https://models.example/v1?key=secret'))).toBe(false)
  expect(isTaken(gguf('https://token@models.example/m.gguf'))).toBe(false)
  expect(isTaken({ ...openai('https://models.example/v1'), key: 'any?@#' })).toBe(true)
  // Where a file is may need more than a path.
  expect(isTaken(gguf('https://models.example/m.gguf?download=true&at=me@home'))).toBe(true)
})
