/** A whole kernel that changes to the embedder of a real server, through its client library; and what nobody may see of it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EmbedderChoice, KernelEvent } from '../../../kernel/abi/index.ts'
import { KEY_PATHS } from '../../../kernel/core/storage/records.ts'
import type { StoreName } from '../../../kernel/core/storage/records.ts'
import type { Hearth } from '../../../sdk/index.ts'
import { startLlamaServer, type LlamaServer } from '../../fixtures/llama-server.ts'
import { MemoryBrowser } from '../sdk/fixture.ts'

const KEY = 'sk-secret-key-0123456789'
const servers: LlamaServer[] = []
beforeAll(async () => void servers.push(await startLlamaServer({ key: KEY })), 120_000)
afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]()
})

function choice(key = KEY): EmbedderChoice {
  const [server] = servers
  if (!server) throw new Error('the server has not started')
  return { kind: 'openai', url: server.baseUrl, model: server.model, key }
}

/** Resolves once the state is so. */
async function reached(hearth: Hearth, isSo: (state: Awaited<ReturnType<Hearth['embedding']['state']>>) => boolean) {
  while (!isSo(await hearth.embedding.state())) await new Promise((resolve) => setImmediate(resolve))
}

test('memories move to a server’s vectors, also through a restart, and its key is seen nowhere', async () => {
  await using browser = new MemoryBrowser()
  const hearth = await browser.open()
  const seen: KernelEvent[] = []
  hearth.on('embedding', (event) => void seen.push(event))
  hearth.on('stats', (event) => void seen.push(event))
  for (const text of ['The harbour is closed.', 'Tea is at four.', 'Bring a coat.']) await hearth.memory.add(text)
  expect((await hearth.embedding.state()).current.id).toBe('built-in')

  const begun = await hearth.embedding.use(choice())
  expect(begun.next?.embedder.sendsTo).toMatch(/^127\.0\.0\.1:\d+$/)
  browser.kill()
  await reached(hearth, ({ next, pending }) => next === null && pending === 0)
  expect(browser.boots).toBe(2)

  const { current } = await hearth.embedding.state()
  expect(current).toMatchObject({ kind: 'openai', dimensions: expect.any(Number) as number })
  expect((await hearth.kernel.stats()).outbound).toEqual([current.sendsTo])
  const found = await hearth.memory.search('Tea is at four.')
  expect(found[0]?.memory.text).toBe('Tea is at four.')

  // The key is where the kernel keeps it, and in nothing that is told, logged or recorded.
  const told = [seen, begun, await hearth.embedding.list(), await hearth.embedding.state()]
  expect(JSON.stringify(told)).not.toContain(KEY)
  for (const store of Object.keys(KEY_PATHS) as StoreName[]) {
    const records = JSON.stringify(await browser.database.list(store))
    expect([store, records.includes(KEY)]).toEqual([store, store === 'collections'])
  }
}, 60_000)

test('a server with another key than ours leaves memory as it was, and says why', async () => {
  await using browser = new MemoryBrowser()
  const hearth = await browser.open()
  await hearth.memory.add('Tea is at four.')
  await hearth.embedding.use(choice('sk-wrong'))
  await reached(hearth, ({ next }) => next?.state === 'failed')
  const state = await hearth.embedding.state()
  expect(state.next?.reason).toContain('refused the API key')
  expect(state.current.id).toBe('built-in')
  expect(JSON.stringify(state)).not.toContain('sk-wrong')
  expect((await hearth.embedding.cancel()).next).toBeNull()
}, 60_000)

test('what cannot be chosen is refused before anything changes', async () => {
  await using browser = new MemoryBrowser()
  const hearth = await browser.open()
  for (const url of ['https://user:password@models.example/v1', 'https://models.example/v1?key=secret']) {
    const secret = hearth.embedding.use({ kind: 'openai', url, model: 'm' })
    await expect(secret).rejects.toMatchObject({ code: 'bad-request' })
  }
  const absent = hearth.embedding.use({ kind: 'llamacpp', model: 'no-such-model' })
  await expect(absent).rejects.toMatchObject({ code: 'not-found', data: { id: 'no-such-model' } })
  await expect(hearth.embedding.use({ kind: 'webllm', model: 'x' })).rejects.toMatchObject({ code: 'not-found' })
  expect(await hearth.embedding.state()).toMatchObject({ current: { id: 'built-in' }, next: null })
  const starter = (await hearth.embedding.list()).find(({ id }) => id === 'llamacpp:starter')
  expect(starter).toMatchObject({ choice: { kind: 'llamacpp', model: 'starter' }, downloadBytes: 0, sendsTo: null })
  expect(starter?.note).toContain('not')
}, 60_000)
