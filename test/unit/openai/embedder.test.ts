/** Servers that answer for embeddings what no well-behaved one would. A well-behaved one is in test/unit/embeddings/contract. */
import { describe, expect, test } from 'vitest'
import { HearthError } from '../../../kernel/abi/index.ts'
import { checkVectors } from '../../../kernel/core/embeddings/checked.ts'
import { openaiEmbedderWith } from '../../../kernel/drivers/openai/embedder.ts'
import type { EmbeddingLimits } from '../../../kernel/drivers/openai/embedder.ts'
import { startRawServer, type RawHandler, type RawServer } from '../../fixtures/raw-server.ts'
import { startLlamaServer } from '../../fixtures/llama-server.ts'
import { KEY, live } from './harness.ts'

const LIMITS: EmbeddingLimits = { firstByteMs: 5_000, idleMs: 5_000, replyBytes: 100_000 }

async function failure(work: Promise<unknown>): Promise<HearthError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof HearthError) return error as HearthError
  throw new Error(`not a HearthError: ${String(error)}`)
}

const json =
  (body: unknown, status = 200): RawHandler =>
  (_request, response) =>
    void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))

const vectors = (...list: unknown[]) => ({ data: list.map((embedding, index) => ({ index, embedding })) })

/** @param limits other bounds than usual */
const open = (server: RawServer, limits: Partial<EmbeddingLimits> = {}, model = 'm') =>
  openaiEmbedderWith({ ...LIMITS, ...limits }, { kind: 'openai', url: `${server.baseUrl}/`, model, key: KEY })

describe('the embedder of a server', () => {
  test('sends texts and key to /embeddings, and takes vectors in whatever order they come', async () => {
    const data = [
      { index: 1, embedding: [0, 1] },
      { index: 0, embedding: [1, 0] },
    ]
    await using server = await startRawServer(json({ data }))
    const embedder = await open(server)
    expect(await embedder.embed(['a', 'b'], 'document', live)).toEqual([
      [1, 0],
      [0, 1],
    ])
    const [request] = server.requests
    expect(request).toMatchObject({ method: 'POST', body: { model: 'm', input: ['a', 'b'], encoding_format: 'float' } })
    expect(request?.path).toMatch(/\/embeddings$/)
    expect(request?.headers.authorization).toBe(`Bearer ${KEY}`)
    expect(embedder.dimensions).toBe(2)
  })

  test('tells models that want to know it what is searched for', async () => {
    await using server = await startRawServer(json(vectors([1])))
    const embedder = await open(server, {}, 'nomic-embed-text')
    await embedder.embed(['tea'], 'query', live)
    await embedder.embed(['tea'], 'document', live)
    expect(server.requests.map(({ body }) => (body as { input: string[] }).input)).toEqual([
      ['search_query: tea'],
      ['search_document: tea'],
    ])
  })

  test.each([
    ['a web page', { page: '<html>' }],
    ['too few vectors', vectors([1, 2])],
    ['a vector twice', { data: [0, 0].map((index) => ({ index, embedding: [1] })) }],
    ['a vector of a text that was not asked for', { data: [0, 7].map((index) => ({ index, embedding: [1] })) }],
    ['null for a number, as NaN is written', vectors([1, null], [1, 2])],
    ['texts for numbers', vectors(['1'], ['2'])],
  ])('refuses %s', async (_what, body) => {
    await using server = await startRawServer(json(body))
    const error = await failure((await open(server)).embed(['a', 'b'], 'document', live))
    expect(error.code).toBe('engine-failed')
    expect(error.message).toContain(server.host)
  })

  test('that gives numbers too large to compute with is refused where vectors are checked', async () => {
    await using server = await startRawServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"data":[{"embedding":[1e999,1]}]}')
    })
    const given = await (await open(server)).embed(['a'], 'document', live).catch((error: unknown) => error)
    if (given instanceof Error) expect(given).toMatchObject({ code: 'engine-failed' })
    else expect(() => checkVectors(given as number[][], 1, null, 'openai')).toThrow('not a finite number')
  })

  test('that gives vectors of different lengths is refused', () => {
    expect(() => checkVectors([[1, 2], [1]], 2, null, 'openai')).toThrow('had 2 numbers and now has 1 numbers')
    expect(() => checkVectors([[1, 2]], 1, 3, 'openai')).toThrow('choose the embedder again')
    expect(() => checkVectors([[]], 1, null, 'openai')).toThrow('0 numbers')
    expect(checkVectors([[3, 4], [0, 0], null], 3, 2, 'openai')).toEqual([Float32Array.of(0.6, 0.8), null, null])
  })

  test('does not read a reply without end', async () => {
    await using server = await startRawServer(json(vectors(Array.from({ length: 50_000 }, () => 0.123))))
    const error = await failure((await open(server, { replyBytes: 1_000 })).embed(['a'], 'document', live))
    expect(error.code).toBe('engine-failed')
  })

  test.each([
    [401, 'engine-failed'],
    [404, 'not-found'],
    [429, 'over-limit'],
    [503, 'engine-failed'],
  ])('says what status %d means, and never the key', async (status, code) => {
    await using server = await startRawServer(json({ error: { message: `your key ${KEY} is bad` } }, status))
    const error = await failure((await open(server)).embed(['a'], 'document', live))
    expect(error.code).toBe(code)
    expect(JSON.stringify([error.message, error.data])).not.toContain(KEY)
  })

  test('that hangs is given up on', async () => {
    await using server = await startRawServer(() => {})
    const error = await failure((await open(server, { firstByteMs: 30 })).embed(['a'], 'document', live))
    expect(error.code).toBe('timeout')
  })

  test('closes the connection of a call that is stopped, and takes the next one', async () => {
    let hangs = true
    const gone: Promise<void>[] = []
    await using server = await startRawServer((request, response) => {
      if (!hangs) return json(vectors([1]))(request, response)
      gone.push(new Promise((resolve) => request.gone.addEventListener('abort', () => resolve())))
      return undefined
    })
    const embedder = await open(server)
    const stop = new AbortController()
    const reason = new HearthError('cancelled', 'Stopped.', { by: 'user' })
    const stopped = embedder.embed(['a'], 'document', stop.signal)
    while (gone.length === 0) await new Promise((resolve) => setImmediate(resolve))
    stop.abort(reason)
    await expect(stopped).rejects.toBe(reason)
    await Promise.all(gone)
    hangs = false
    expect(await embedder.embed(['a'], 'document', live)).toEqual([[1]])
  })

  test('that is gone is told apart from one that refuses, and may come back', async () => {
    const server = await startRawServer(json(vectors([1])))
    const embedder = await open(server)
    await server[Symbol.asyncDispose]()
    const error = await failure(embedder.embed(['a'], 'document', live))
    expect(error.code).toBe('engine-lost')
    expect(embedder.lost.aborted).toBe(false)
  })

  test('says of a text that is too long for the model that it is', async () => {
    await using server = await startLlamaServer({ key: KEY })
    const { baseUrl: url, model } = server
    const embedder = await openaiEmbedderWith(LIMITS, { kind: 'openai', url, model, key: KEY })
    const error = await failure(embedder.embed(['tea '.repeat(9_000)], 'document', live))
    expect(error).toMatchObject({ code: 'context-overflow', data: { limitTokens: 2048 } })
  }, 30_000)
})
