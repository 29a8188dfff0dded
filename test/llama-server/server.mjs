/**
 * A small real OpenAI-compatible server for tests, on 127.0.0.1 and a free port, which it prints as one line of JSON.
 * Ends when its standard input closes or on SIGTERM, so that it cannot outlive the test that started it.
 *
 *   node server.mjs --model starter.gguf [--key secret] [--slots 4] [--context 2048] [--continues]
 *
 * `--continues` makes it go on from a last assistant message, and say so as llama-server does (`owned_by: llamacpp`).
 */
import { timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { ContextOverflow, openModel } from './model.mjs'

const { values: options } = parseArgs({
  options: {
    model: { type: 'string' },
    key: { type: 'string' },
    slots: { type: 'string', default: '4' },
    context: { type: 'string', default: '2048' },
    continues: { type: 'boolean', default: false },
  },
})
const MODEL = basename(options.model, '.gguf')
const BODY_BYTES = 8 * 1024 * 1024
const FRAGMENT_UNITS = 7

const model = await openModel({
  path: options.model,
  contextTokens: Number(options.context),
  slots: Number(options.slots),
})
let answers = 0

const HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': 'authorization, content-type',
  'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
  'Access-Control-Allow-Private-Network': 'true',
  'Cross-Origin-Resource-Policy': 'cross-origin',
}

function reply(response, status, body) {
  response.writeHead(status, { ...HEADERS, 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}

function refuse(response, status, message, rest = {}) {
  reply(response, status, { error: { message, type: 'invalid_request_error', code: status, ...rest } })
}

function authorised(request) {
  if (options.key === undefined) return true
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${options.key}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

async function readBody(request) {
  const chunks = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > BODY_BYTES) throw new SyntaxError('the request is too long')
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString())
}

/** A call as several deltas: its head, then its arguments in pieces, as large servers send it. */
function* fragments(index, id, call) {
  yield { tool_calls: [{ index, id, type: 'function', function: { name: call.name, arguments: '' } }] }
  for (let at = 0; at < call.arguments.length; at += FRAGMENT_UNITS) {
    yield { tool_calls: [{ index, function: { arguments: call.arguments.slice(at, at + FRAGMENT_UNITS) } }] }
  }
}

/** Sends the answer as it is written. @returns the summary, or undefined when the client has gone */
async function stream(response, pieces, head, withUsage) {
  const send = (part) =>
    response.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...part })}\n\n`)
  const sendDelta = (delta, finish = null, timings = undefined) =>
    send({ choices: [{ index: 0, delta, finish_reason: finish }], timings })
  let calls = 0
  let piece = await pieces.next()
  response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  sendDelta({ role: 'assistant', content: '' })
  for (; !piece.done; piece = await pieces.next()) {
    if (piece.value.text) sendDelta({ content: piece.value.text }, null, piece.value.timings)
    else {
      const parts = fragments(calls, `call_${head.id}_${calls++}`, piece.value.call)
      for (const delta of parts) sendDelta(delta, null, piece.value.timings)
    }
  }
  if (!piece.value) return
  sendDelta({}, piece.value.reason)
  if (withUsage) send({ choices: [], usage: piece.value.usage, timings: piece.value.timings })
  response.end('data: [DONE]\n\n')
}

async function whole(response, pieces, head) {
  let content = ''
  const calls = []
  let piece = await pieces.next()
  for (; !piece.done; piece = await pieces.next()) {
    if (piece.value.text) content += piece.value.text
    else calls.push({ id: `call_${head.id}_${calls.length}`, type: 'function', function: piece.value.call })
  }
  if (!piece.value) return
  const message = { role: 'assistant', content, ...(calls.length > 0 ? { tool_calls: calls } : {}) }
  const { reason, usage, timings } = piece.value
  reply(response, 200, {
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: reason }],
    usage,
    timings,
  })
}

async function complete(request, response) {
  const body = await readBody(request)
  if (!Array.isArray(body.messages)) return refuse(response, 400, "'messages' is required")
  if (body.model !== MODEL) return refuse(response, 404, `model '${body.model}' not found`)
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const head = { id: `chatcmpl-${++answers}`, created: Math.floor(Date.now() / 1000), model: MODEL }
  const pieces = model.answer(body, options.continues, gone.signal)
  return body.stream
    ? stream(response, pieces, head, body.stream_options?.include_usage === true)
    : whole(response, pieces, head)
}

async function embed(request, response) {
  const body = await readBody(request)
  const texts = [body.input].flat()
  if (!texts.every((text) => typeof text === 'string' && text !== '')) {
    return refuse(response, 400, "'input' has to be a text or texts", { param: 'input' })
  }
  if (body.model !== MODEL) return refuse(response, 404, `model '${body.model}' not found`)
  const { vectors, tokens } = await model.embed(texts)
  reply(response, 200, {
    object: 'list',
    model: MODEL,
    data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  })
}

async function route(request, response) {
  const path = new URL(request.url, 'http://localhost').pathname
  if (request.method === 'OPTIONS') return response.writeHead(204, HEADERS).end()
  if (!authorised(request)) return refuse(response, 401, 'Invalid API Key')
  if (request.method === 'GET' && path === '/v1/models') {
    const owner = options.continues ? 'llamacpp' : 'hearth-tests'
    return reply(response, 200, {
      object: 'list',
      data: [{ id: MODEL, object: 'model', created: 0, owned_by: owner, meta: { n_ctx: model.contextTokens } }],
    })
  }
  if (request.method === 'POST' && path === '/v1/embeddings') return embed(request, response)
  if (request.method === 'POST' && path === '/v1/chat/completions') return complete(request, response)
  return refuse(response, 404, 'not found')
}

const server = createServer((request, response) => {
  route(request, response).catch((error) => {
    if (response.headersSent) return response.destroy()
    if (error instanceof ContextOverflow) {
      const { promptTokens, contextTokens } = error
      const detail = { type: 'exceed_context_size_error', n_prompt_tokens: promptTokens, n_ctx: contextTokens }
      return refuse(response, 400, error.message, detail)
    }
    return refuse(response, error instanceof SyntaxError ? 400 : 500, error.message)
  })
})
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port, model: MODEL })))

const stop = () => process.exit(0)
process.stdin.on('end', stop).on('close', stop).resume()
process.on('SIGTERM', stop)
