/** One OpenAI-compatible server: its address, its key, and sending it a request. The key leaves this file only in a header. */
import { HearthError, type ModelSource } from '../../abi/index.ts'
import { badKey, redirected, unreachable, type QuotableServer, type ServerName } from './failure.ts'

export interface Server extends QuotableServer {
  /**
   * Posts `body` as JSON, or gets when there is none.
   * @param path below the base URL, such as `/models`
   * @returns the response, whatever its status, with its body unread
   * @throws HearthError `engine-lost` when the network failed, `engine-failed` for a redirect; or the signal's reason
   */
  send(path: string, body: unknown, signal: AbortSignal): Promise<Response>
}

/** @throws HearthError `engine-failed` when the key cannot be sent in a header at all. */
export function openServer(source: Extract<ModelSource, { kind: 'openai' }>): Server {
  const base = source.baseUrl.replace(/\/+$/, '').replace(/\/chat\/completions$/, '')
  const name: ServerName = { host: new URL(base).host, model: source.model }
  const given = source.key?.trim()
  const key = given === '' ? undefined : given
  // What Headers would say of such a key quotes it.
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) throw badKey(name, null)

  return {
    ...name,
    async send(path, body, signal) {
      signal.throwIfAborted()
      let response: Response
      try {
        response = await fetch(base + path, {
          method: body === undefined ? 'GET' : 'POST',
          headers: {
            Accept: body === undefined ? 'application/json' : 'text/event-stream, application/json',
            ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
            ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal,
          credentials: 'omit',
          cache: 'no-store',
          referrerPolicy: 'no-referrer',
          // Following would send the conversation to a host that the user did not name.
          redirect: 'manual',
        })
      } catch {
        signal.throwIfAborted()
        throw unreachable(name, base)
      }
      if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
        await response.body?.cancel()
        throw redirected(name)
      }
      return response
    },
    redact: (text) => (key === undefined ? text : text.replaceAll(key, '[key]')),
  }
}

/** The same failure where nothing had begun: there is no engine yet that could be lost. */
export function notReached(error: unknown): unknown {
  if (!HearthError.is(error, 'engine-lost')) return error
  const { engine, reason } = error.data
  return new HearthError('engine-failed', error.message, { engine, reason, status: null })
}
