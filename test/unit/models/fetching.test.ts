/** Models that are downloaded and not loaded: those that embed, which no engine for answers could load. */
import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createMemoryModelFiles } from '../../../kernel/drivers/memory/model-files.ts'
import { createScriptedEngine } from '../../../kernel/drivers/scripted/engine.ts'
import { createEngineQueue, start } from '../../fixtures/models.ts'
import { startRangeServer, type RangeServer } from '../../fixtures/range-server.ts'

const whole = new Uint8Array(await readFile(new URL('../../../wasm/starter/starter.gguf', import.meta.url)))
const live = new AbortController().signal
let server: RangeServer

beforeEach(async () => {
  server = await startRangeServer()
  server.files.set('/model.gguf', { bytes: whole, etag: '"a"' })
})
afterEach(() => server[Symbol.asyncDispose]())

async function begin() {
  const engine = createScriptedEngine({ script: () => ['Hello'] })
  const files = createMemoryModelFiles({ segmentBytes: 64 * 1024, bundled: async () => new Blob([whole]) })
  const kernel = await start({ llamacpp: createEngineQueue(engine).factory, files })
  const { id } = await kernel.call('model.add', { source: { kind: 'gguf-url', url: `${server.url}/model.gguf` } })
  return { ...kernel, id, engine }
}

test('a model to embed with is downloaded once, also when two ask, and loaded into no engine', async () => {
  const { service, engine, id, stateOf } = await begin()
  const [one, two] = await Promise.all([service.forEmbedding.fetch(id, live), service.forEmbedding.fetch(id, live)])
  expect(one).toMatchObject({ id, bytes: { size: whole.length } })
  expect(two.bytes.size).toBe(whole.length)
  expect(server.ranges).toHaveLength(1)
  expect(engine.loaded).toBeNull()
  expect(await stateOf(id)).toEqual({ kind: 'stored' })
  expect(service.forEmbedding.list().map((model) => model.id)).toContain(id)
})

test('who loads it to answer meanwhile waits for that download instead of beginning another', async () => {
  const { service, engine, id, call } = await begin()
  const fetching = service.forEmbedding.fetch(id, live)
  const loading = call('model.load', { id, makeDefault: true })
  expect((await fetching).bytes.size).toBe(whole.length)
  expect((await loading).state.kind).toBe('ready')
  expect(engine.loaded).not.toBeNull()
  expect(server.ranges).toHaveLength(1)
})

test('what is bundled, or here already, is not downloaded', async () => {
  const { service } = await begin()
  expect((await service.forEmbedding.fetch('starter', live)).bytes.size).toBe(whole.length)
  expect(server.ranges).toEqual([])
  await expect(service.forEmbedding.fetch('no-such-model', live)).rejects.toMatchObject({ code: 'not-found' })
})

test('embedding waits while answers are written, and while everything is paused', async () => {
  const { service, settings } = await begin()
  expect(service.forEmbedding.holdUp()).toBeNull()
  await settings.pause(true)
  expect(service.forEmbedding.holdUp()).toEqual({ by: 'pause', reason: 'Everything is paused.' })
  await settings.pause(false)
  expect(service.forEmbedding.holdUp()).toBeNull()
})
