import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { HearthError } from '../../../kernel/abi/index.ts'
import { openaiEngineWith } from '../../../kernel/drivers/openai/engine.ts'
import { ask, collect } from '../../contract/answers.ts'
import { beginEvents, event, startRawServer, type RawHandler } from '../../fixtures/raw-server.ts'
import { chat, connect, DONE, KEY, live, noLender, request, type Limits } from './harness.ts'

async function failure(work: Promise<unknown>): Promise<HearthError> {
  try {
    await work
  } catch (error) {
    if (error instanceof HearthError) {
      expect(error.message + JSON.stringify(error.data) + String(error.stack)).not.toContain(KEY)
      return error
    }
    throw error
  }
  throw new Error('nothing was thrown')
}

async function failureOf(handler: RawHandler, limits: Limits = {}): Promise<HearthError & { texts: string }> {
  await using server = await chat(handler)
  const engine = await connect(server, limits)
  let texts = ''
  const error = await failure(
    (async () => {
      for await (const delta of engine.generate(ask('Hello'), live)) if (delta.type === 'text') texts += delta.text
    })(),
  )
  return Object.assign(error, { texts })
}

test('an answer cut in the middle keeps its text, loses its half call and ends with engine-lost', async () => {
  const error = await failureOf((_, response) => {
    beginEvents(response)
    response.write(event({ content: 'Half' }))
    response.write(event({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{"x' } }] }))
    response.end()
  })
  expect(error.code).toBe('engine-lost')
  expect(error.texts).toBe('Half')
})

test('a connection that breaks in the middle ends with engine-lost, for the engine too', async () => {
  await using server = await chat((_, response) => {
    beginEvents(response)
    response.write(event({ content: 'Half' }), () => response.destroy())
  })
  const engine = await connect(server)
  const error = await failure(collect(engine.generate(ask('Hello'), live)))
  expect(error.code).toBe('engine-lost')
  expect(engine.lost.aborted).toBe(true)
  expect(engine.lost.reason).toBe(error)
})

test.each([
  ['seconds', '7', (ms: number | null) => ms === 7000],
  [
    'a date',
    // Far enough that it does not matter how long the tests before this one take.
    new Date(Date.now() + 3_600_000).toUTCString(),
    (ms: number | null) => ms !== null && ms > 3_000_000 && ms <= 3_600_000,
  ],
  ['nothing', undefined, (ms: number | null) => ms === null],
])('too many requests is over-limit, with the wait that the server tells in %s', async (_, retryAfter, fits) => {
  const error = await failureOf((_request, response) => {
    response.writeHead(429, retryAfter === undefined ? {} : { 'Retry-After': retryAfter }).end('{"error":"slow down"}')
  })
  expect(HearthError.is(error, 'over-limit') && fits(error.data.retryAfterMs)).toBe(true)
  expect(error.message).toContain('slow down')
})

test.each([401, 403])('status %d speaks of the key without saying it, even when the server does', async (status) => {
  const error = await failureOf((_, response) => {
    response.writeHead(status).end(JSON.stringify({ error: { message: `Incorrect API key provided: ${KEY}` } }))
  })
  expect(error).toMatchObject({ code: 'engine-failed', data: { status } })
  expect(error.message).toContain('API key')
})

test('the key is taken out of any other error that quotes it', async () => {
  const error = await failureOf((_, response) => {
    response.writeHead(400).end(JSON.stringify({ error: { message: `bad header Bearer ${KEY}` } }))
  })
  expect(error.message).toContain('[key]')
})

test('a key that cannot stand in a header is refused before anything is sent', async () => {
  await using server = await chat((_, response) => void response.end())
  const engine = await openaiEngineWith({})(noLender, live, () => {})
  const error = await failure(engine.load(request(server, `${KEY}\nX: y`), () => {}, live))
  expect(error.code).toBe('engine-failed')
  expect(server.requests).toHaveLength(0)
})

test('a model that the server does not have is not-found, by name', async () => {
  const error = await failureOf((_, response) => {
    response.writeHead(404).end('{"error":{"message":"model \'m\' not found"}}')
  })
  expect(error).toMatchObject({ code: 'not-found', data: { kind: 'model', id: 'm' } })
})

test('a model that is not in the server’s list is refused on loading, with those that are', async () => {
  await using server = await startRawServer((_, response) => {
    response
      .writeHead(200, { 'Content-Type': 'application/json' })
      .end('{"data":[{"id":"llama3"},{"id":"qwen3:latest"}]}')
  })
  const engine = await openaiEngineWith({})(noLender, live, () => {})
  const error = await failure(engine.load(request(server), () => {}, live))
  expect(error.code).toBe('not-found')
  expect(error.message).toContain('llama3, qwen3:latest')
  const source = { ...request(server).source, model: 'qwen3' }
  await expect(engine.load({ ...request(server), source }, () => {}, live)).resolves.toMatchObject({ continues: false })
})

test('a server error names the host and keeps the engine', async () => {
  await using server = await chat(
    (_, response) => void response.writeHead(503).end('{"error":{"message":"Loading model"}}'),
  )
  const engine = await connect(server)
  const error = await failure(collect(engine.generate(ask('Hello'), live)))
  expect(error).toMatchObject({ code: 'engine-failed', data: { status: 503 } })
  expect(error.message).toContain(server.host)
  expect(error.message).toContain('Loading model')
  expect(engine.lost.aborted).toBe(false)
})

test('a server that is not there fails on loading, with its host and what to check', async () => {
  const gone = await startRawServer((_, response) => void response.end())
  await gone[Symbol.asyncDispose]()
  const engine = await openaiEngineWith({})(noLender, live, () => {})
  const error = await failure(engine.load(request(gone), () => {}, live))
  expect(error.code).toBe('engine-failed')
  expect(error.message).toContain(gone.host)
  expect(error.message).toContain('CORS')
})

test.each([
  ['a web page', 'text/html', '<!doctype html><p>Hello</p>'],
  ['lines that are no events', 'text/event-stream', 'what\never\nthis is\n'],
  ['events that are no JSON', 'text/event-stream', 'data: }{\n\n'],
  ['JSON of another shape', 'text/event-stream', 'data: {"choices":7}\n\n'],
  ['nothing', 'text/event-stream', ''],
  ['JSON that is no answer', 'application/json', '{"hello":1}'],
])('a server that sends %s is told apart from an OpenAI-compatible one', async (_, type, body) => {
  const error = await failureOf((_request, response) => {
    response.writeHead(200, { 'Content-Type': type }).end(body)
  })
  expect(error.code).toBe('engine-failed')
  expect(error.message).toContain('OpenAI-compatible')
})

test('an error in the middle of a stream is the server’s own error', async () => {
  const error = await failureOf((_, response) => {
    beginEvents(response)
    response.end(event({ content: 'A' }) + 'data: {"error":{"message":"out of KV cache"}}\n\n')
  })
  expect(error).toMatchObject({ code: 'engine-failed' })
  expect(error.message).toContain('out of KV cache')
  expect(error.texts).toBe('A')
})

test.each([
  ['a line without end', 'data: xxxxxxxxxxxxxxxx'],
  ['comments without end', ': wait\n'],
  ['an event without end', 'data: x\n'],
])('%s is cut off at the bound', async (_, piece) => {
  let sent = 0
  const error = await failureOf(
    async ({ gone }, response) => {
      beginEvents(response)
      while (!gone.aborted) {
        sent += piece.length
        // Waits for the socket to take it, so that only what was read counts.
        await new Promise<void>((resolve) => response.write(piece.repeat(64), () => resolve()))
      }
    },
    { eventUnits: 4096 },
  )
  expect(error.code).toBe('engine-failed')
  expect(sent).toBeGreaterThan(0)
})

test('an answer without end is cut off at the bound', async () => {
  const error = await failureOf(
    async ({ gone }, response) => {
      beginEvents(response)
      while (!gone.aborted) {
        await new Promise<void>((resolve) => response.write(event({ content: 'for ever and ' }), () => resolve()))
      }
    },
    { answerUnits: 10_000 },
  )
  expect(error.code).toBe('engine-failed')
  expect(error.texts.length).toBeLessThan(11_000)
})

test('a server that falls silent is given up on, and its connection is closed', async () => {
  let closed: Promise<void> | undefined
  const error = await failureOf(
    ({ gone }, response) => {
      closed = new Promise((resolve) => gone.addEventListener('abort', () => resolve()))
      beginEvents(response)
      response.write(event({ content: 'A' }))
    },
    { idleMs: 40 },
  )
  expect(error).toMatchObject({ code: 'timeout', data: { afterMs: 40 } })
  await closed
})

test('a server that never answers at all is given up on', async () => {
  const error = await failureOf(() => {}, { firstByteMs: 40 })
  expect(error).toMatchObject({ code: 'timeout', data: { afterMs: 40 } })
})

test('a slow reader is not mistaken for a silent server', async () => {
  await using server = await chat((_, response) => {
    beginEvents(response)
    response.end(event({ content: 'A' }) + event({ content: 'B' }) + event({}, 'stop') + DONE)
  })
  const engine = await connect(server, { idleMs: 30, firstByteMs: 1000 })
  let text = ''
  for await (const delta of engine.generate(ask('Hello'), live)) {
    await new Promise((resolve) => setTimeout(resolve, 60))
    if (delta.type === 'text') text += delta.text
  }
  expect(text).toBe('AB')
})

test('a complete answer whose connection stays open is ended without its usage', async () => {
  await using server = await chat((_, response) => {
    beginEvents(response)
    response.write(event({ content: 'A' }) + event({}, 'stop'))
  })
  const engine = await connect(server, { usageWaitMs: 20 })
  const { text, finish } = await collect(engine.generate(ask('Hello'), live))
  expect(text).toBe('A')
  expect(finish).toMatchObject({ reason: 'stop', usage: { completionTokens: 1, decodeMs: null } })
})

test('aborting closes the connection, and so does ending the iteration', async () => {
  const closed: Promise<void>[] = []
  await using server = await chat(({ gone }, response) => {
    closed.push(new Promise((resolve) => gone.addEventListener('abort', () => resolve())))
    beginEvents(response)
    response.write(event({ content: 'A' }))
  })
  const engine = await connect(server)
  const abort = new AbortController()
  const reason = new Error('enough')
  const aborted = (async () => {
    for await (const delta of engine.generate(ask('Hello'), abort.signal)) abort.abort(delta.type === 'text' && reason)
  })()
  await expect(aborted).rejects.toBe(reason)
  const iterator = engine.generate(ask('Hello'), live)[Symbol.asyncIterator]()
  await iterator.next()
  await iterator.return?.()
  await Promise.all(closed)
  expect(closed).toHaveLength(2)
  expect(engine.lost.aborted).toBe(false)
})

test('listens to nothing any more once an answer has ended', async () => {
  await using server = await chat((_, response) => {
    beginEvents(response)
    response.end(event({ content: 'A' }, 'stop') + DONE)
  })
  const engine = await connect(server)
  const { signal } = new AbortController()
  await collect(engine.generate(ask('Hello'), signal))
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

test('a redirect is not followed, so that the conversation goes nowhere else', async () => {
  await using elsewhere = await chat((_, response) => void response.end())
  const error = await failureOf((_, response) => {
    response.writeHead(307, { Location: `${elsewhere.baseUrl}/chat/completions` }).end()
  })
  expect(error.code).toBe('engine-failed')
  expect(elsewhere.requests).toHaveLength(0)
})

test('fragments of calls become complete calls, also interleaved, unnumbered or as objects', async () => {
  const part = (...calls: object[]) => event({ tool_calls: calls })
  const streams = [
    part({ index: 0, id: 'a', function: { name: 'one', arguments: '' } }) +
      part({ index: 1, id: 'b', function: { name: 'two', arguments: '{"y":' } }) +
      part({ index: 0, function: { arguments: '{"x"' } }) +
      part({ index: 1, function: { arguments: '2}' } }, { index: 0, function: { arguments: ':1}' } }),
    part({ id: 'a', function: { name: 'one', arguments: '{"x":1}' } }) +
      part({ id: 'b', function: { name: 'two', arguments: '{"y":2}' } }),
    part({ function: { name: 'one', arguments: { x: 1 } } }, { function: { name: 'two', arguments: { y: 2 } } }),
  ]
  for (const stream of streams) {
    await using server = await chat((_, response) => {
      beginEvents(response)
      response.end(stream + event({}, 'tool_calls') + DONE)
    })
    const { calls, finish } = await collect((await connect(server)).generate(ask('Hello'), live))
    expect(calls).toMatchObject([
      { name: 'one', arguments: '{"x":1}' },
      { name: 'two', arguments: '{"y":2}' },
    ])
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2)
    expect(finish.reason).toBe('tool-calls')
  }
})

test('a call cut by the token limit is left out', async () => {
  await using server = await chat((_, response) => {
    beginEvents(response)
    const call = { index: 0, id: 'a', function: { name: 'one', arguments: '{"x":' } }
    response.end(event({ tool_calls: [call] }) + event({}, 'length') + DONE)
  })
  const { calls, finish } = await collect((await connect(server)).generate(ask('Hello'), live))
  expect(calls).toEqual([])
  expect(finish.reason).toBe('length')
})

test('text that is split within a character arrives whole', async () => {
  const bytes = Buffer.from(event({ content: 'Zürich 🐦' }) + event({}, 'stop') + DONE)
  await using server = await chat(async (_, response) => {
    beginEvents(response)
    for (const byte of bytes) await new Promise<void>((resolve) => response.write(Buffer.from([byte]), () => resolve()))
    response.end()
  })
  expect((await collect((await connect(server)).generate(ask('Hello'), live))).text).toBe('Zürich 🐦')
})

test('a server that does not stream is read all the same', async () => {
  await using server = await chat((_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(
      JSON.stringify({
        choices: [{ message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 9, completion_tokens: 2 },
      }),
    )
  })
  const { text, finish } = await collect((await connect(server)).generate(ask('Hello'), live))
  expect(text).toBe('Hello')
  expect(finish.usage).toMatchObject({ promptTokens: 9, completionTokens: 2 })
})

test('a field that the server does not take is left out, then and later', async () => {
  await using server = await chat(({ body }, response) => {
    if ((body as { max_tokens?: number }).max_tokens !== undefined) {
      response.writeHead(400).end('{"error":{"message":"use max_completion_tokens","param":"max_tokens"}}')
      return
    }
    beginEvents(response)
    response.end(event({ content: 'A' }, 'stop') + DONE)
  })
  const engine = await connect(server)
  for (let round = 0; round < 2; round++) await collect(engine.generate(ask('Hello'), live))
  const posted = server.requests.filter(({ method }) => method === 'POST').map(({ body }) => body)
  expect(posted).toHaveLength(3)
  expect(posted[1]).toMatchObject({ max_completion_tokens: 200 })
  expect(posted[2]).toMatchObject({ max_completion_tokens: 200 })
})

test.each([
  ['llama-server', { type: 'exceed_context_size_error', message: 'too long', n_prompt_tokens: 5000, n_ctx: 2048 }],
  ['vLLM', { message: "This model's maximum context length is 2048 tokens. However, you requested 5000 tokens." }],
  ['OpenAI', { code: 'context_length_exceeded', message: 'maximum context length is 2048 tokens' }],
])('a conversation too long for %s is context-overflow', async (_, detail) => {
  const error = await failureOf((_request, response) => {
    response.writeHead(400).end(JSON.stringify({ error: detail }))
  })
  expect(error).toMatchObject({ code: 'context-overflow', data: { limitTokens: 2048 } })
})
