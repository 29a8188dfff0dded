/** Reading what a server replied, whole or as a stream, with bounds on size and silence. */
import type { Delta } from '../../core/engines/engine.ts'
import { createAnswer } from './answer.ts'
import { NotEvents, readEvents, type Watchdog } from './events.ts'
import { cutShort, notCompatible, refusal } from './failure.ts'
import type { Server } from './server.ts'
import { Chunk, Fault } from './wire.ts'

/** Bounds of one reply; the defaults stand in core/param.ts, tests use smaller ones. */
export interface ReplyLimits {
  readonly modelsMs: number
  readonly firstByteMs: number
  readonly idleMs: number
  readonly usageWaitMs: number
  readonly eventUnits: number
  readonly answerUnits: number
  readonly replyBytes: number
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

/** The whole body as text, cut at the bound. */
export async function readText(response: Response, limits: ReplyLimits, watchdog: Watchdog): Promise<string> {
  const reader = response.body?.getReader()
  if (!reader) return ''
  const decoder = new TextDecoder()
  let text = ''
  try {
    for (let bytes = 0; bytes < limits.replyBytes;) {
      const { done, value } = await watchdog.guard(reader.read(), limits.idleMs)
      if (done) break
      bytes += value.byteLength
      text += decoder.decode(value, { stream: true })
    }
    return text + decoder.decode()
  } finally {
    release(reader)
  }
}

/** JSON, or undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What the server says is wrong; its words when they are not JSON. */
export async function readFault(response: Response, limits: ReplyLimits, watchdog: Watchdog): Promise<Fault> {
  const text = await readText(response, limits, watchdog)
  const parsed = Fault.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  const html = (response.headers.get('content-type') ?? '').includes('html')
  return Fault.parse({ message: html ? '' : text.trim() })
}

/**
 * The deltas of a successful reply.
 * @throws HearthError `engine-lost` when it is cut, `engine-failed` when it is not what it should be, `timeout`
 */
export async function* readAnswer(
  server: Server,
  response: Response,
  limits: ReplyLimits,
  watchdog: Watchdog,
): AsyncGenerator<Delta, void, undefined> {
  const type = response.headers.get('content-type') ?? ''
  if (type.includes('json')) return yield* readWhole(server, response, limits, watchdog)
  const reader = response.body?.getReader()
  if (!reader || type.includes('html')) {
    if (reader) release(reader)
    throw notCompatible(server, type.includes('html') ? 'it sent a web page' : 'it sent nothing')
  }

  const answer = createAnswer(newCallId)
  let events = 0
  const read = async () => {
    const ms = answer.finished ? limits.usageWaitMs : events === 0 ? limits.firstByteMs : limits.idleMs
    return watchdog.guard(reader.read(), ms)
  }
  try {
    for await (const data of readEvents(read, limits)) {
      events += 1
      if (data === '[DONE]') return yield* answer.end()
      yield* answer.take(parseChunk(server, data))
      if (answer.units > limits.answerUnits) throw notCompatible(server, 'an answer without end')
    }
    if (!answer.finished) throw events === 0 ? notCompatible(server, 'no events') : cutShort(server, 'it closed early')
    yield* answer.end()
  } catch (error) {
    // The answer is there; only the figures at its end are missing.
    if (answer.finished && watchdog.signal.aborted) return yield* answer.end()
    if (error instanceof NotEvents) throw notCompatible(server, 'it sent something else than events')
    if (error instanceof TypeError) throw cutShort(server, 'the network failed')
    throw error
  } finally {
    release(reader)
  }
}

/** For a server that does not stream though it was asked to. */
async function* readWhole(server: Server, response: Response, limits: ReplyLimits, watchdog: Watchdog) {
  const answer = createAnswer(newCallId)
  yield* answer.take(parseChunk(server, await readText(response, limits, watchdog)))
  if (!answer.finished) throw notCompatible(server, 'an answer without an end')
  yield* answer.end()
}

function parseChunk(server: Server, data: string): Chunk {
  const parsed = Chunk.safeParse(parseJson(data))
  if (!parsed.success) throw notCompatible(server, 'it sent something else than chunks of an answer')
  if (parsed.data.error !== undefined && parsed.data.error !== null) {
    const fault = Fault.safeParse({ error: parsed.data.error })
    throw refusal(server, null, fault.success ? fault.data : Fault.parse({}), null)
  }
  return parsed.data
}

/** Ends the connection, if it has not ended. */
function release(reader: Reader) {
  reader.cancel().catch(() => {})
}

function newCallId(): string {
  return `call_${crypto.randomUUID()}`
}
