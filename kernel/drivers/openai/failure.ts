/** What goes wrong with a server, in sentences for a person. None of them may contain the key. */
import { HearthError } from '../../abi/index.ts'
import { isThisMachine } from '../../core/engines/this-machine.ts'
import type { Fault } from './wire.ts'

const ENGINE = 'openai'

/** What is said about a server in errors: nothing that is secret. */
export interface ServerName {
  readonly host: string
  readonly model: string
}

/** A server whose own words can be quoted. */
export interface QuotableServer extends ServerName {
  /** Takes the key out of a text that the server wrote. */
  redact(text: string): string
}

/** UTF-16 units of a server's own words that are passed on. */
const QUOTE_UNITS = 500

export function badKey({ host }: ServerName, status: number | null): HearthError {
  return new HearthError(
    'engine-failed',
    `The server ${host} refused the API key. Nothing was answered; enter the right key for it in the model's settings.`,
    { engine: ENGINE, reason: 'the key was refused', status },
  )
}

export function unreachable({ host }: ServerName, address: string): HearthError<'engine-lost'> {
  return new HearthError(
    'engine-lost',
    `The server ${host} could not be reached. ${hint(address)} What was written so far is kept.`,
    { engine: ENGINE, reason: `${host} could not be reached` },
  )
}

/** A browser does not say why a request failed; these are the causes it hides, likeliest first. */
function hint(address: string): string {
  const scope: { navigator?: { onLine?: boolean }; location?: { protocol: string } } = globalThis
  const url = new URL(address)
  const local = isThisMachine(url.hostname)
  if (!local && scope.navigator?.onLine === false) return 'This device is offline; go online and try again.'
  if (!local && scope.location?.protocol === 'https:' && url.protocol === 'http:') {
    return 'A page loaded over https may not call an http address; give the server an https address.'
  }
  return 'Check that it is running and that it allows requests from this page (CORS; for Ollama, set OLLAMA_ORIGINS).'
}

export function redirected({ host }: ServerName): HearthError {
  return new HearthError(
    'engine-failed',
    `The server ${host} sends requests on to another address. Nothing was sent there; enter the address it really has.`,
    { engine: ENGINE, reason: 'redirected', status: null },
  )
}

export function noModel({ host, model }: ServerName, known: readonly string[]): HearthError {
  const list = known.slice(0, 8).join(', ')
  const advice = list === '' ? 'Check its name there.' : `It has: ${list}${known.length > 8 ? ', …' : ''}.`
  return new HearthError('not-found', `The server ${host} has no model named "${model}". ${advice}`, {
    kind: 'model',
    id: model,
  })
}

export function notCompatible({ host }: ServerName, what: string): HearthError {
  return new HearthError(
    'engine-failed',
    `The server ${host} does not answer like an OpenAI-compatible one (${what}). Check its address: it usually ends in /v1.`,
    { engine: ENGINE, reason: what, status: null },
  )
}

export function cutShort({ host }: ServerName, why: string): HearthError<'engine-lost'> {
  return new HearthError(
    'engine-lost',
    `The connection to ${host} ended in the middle of an answer (${why}). What was written so far is kept.`,
    { engine: ENGINE, reason: why },
  )
}

export function silent({ host }: ServerName, ms: number): HearthError {
  const seconds = Math.round(ms / 1000)
  return new HearthError(
    'timeout',
    `The server ${host} sent nothing for ${seconds} seconds and was given up on. See whether it still works, then try again.`,
    { afterMs: ms, what: `an answer of ${host}` },
  )
}

/** What a refusal (any status but 2xx, or an error inside a stream) means. */
export function refusal(
  server: QuotableServer,
  status: number | null,
  fault: Fault,
  retryAfter: string | null,
): HearthError {
  const { host, model } = server
  const said = server.redact(fault.message ?? fault.type ?? '').slice(0, QUOTE_UNITS)
  const quote = said === '' ? '' : ` It says: ${said}`
  // The server's words are left out here: some quote the key, or most of it.
  if (status === 401 || status === 403) return badKey(server, status)
  if (status === 404) return noModel(server, [])
  if (status === 429) {
    const retryAfterMs = milliseconds(retryAfter)
    const wait = retryAfterMs === null ? 'Try again later' : `Try again in ${Math.ceil(retryAfterMs / 1000)} seconds`
    const limit = `requests to ${host}`
    return new HearthError('over-limit', `The server ${host} takes no more requests for now. ${wait}.${quote}`, {
      limit,
      // Servers do not say what their limit is.
      maximum: 0,
      retryAfterMs,
    })
  }
  if (overflows(fault)) {
    const limit = fault.n_ctx ?? Number(/(?:length|size|window)\D{0,20}(\d{3,})/i.exec(said)?.[1] ?? 0)
    return new HearthError(
      'context-overflow',
      `The conversation is longer than what ${model} on ${host} can read at once. Start a new one, or give the server a larger window.`,
      { tokens: fault.n_prompt_tokens ?? 0, limitTokens: limit },
    )
  }
  const reason = said === '' ? `status ${String(status)}` : said
  const what =
    status !== null && status >= 500
      ? `The server ${host} failed or is still starting (status ${status}). Try again in a moment.${quote}`
      : `The server ${host} refused the request${status === null ? '' : ` (status ${status})`}.${quote}`
  return new HearthError('engine-failed', what, { engine: ENGINE, reason, status })
}

/** OpenAI and vLLM name it by code or in the message, llama-server by type. */
function overflows({ code, type, message }: Fault): boolean {
  if (code === 'context_length_exceeded' || type === 'exceed_context_size_error') return true
  return /maximum context length|context (size|window|length) (exceeded|of)|exceeds the (available )?context/i.test(
    message ?? '',
  )
}

/** Retry-After is seconds or a date (RFC 9110 §10.2.3). */
function milliseconds(retryAfter: string | null): number | null {
  if (retryAfter === null) return null
  const seconds = Number(retryAfter)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : null
}
