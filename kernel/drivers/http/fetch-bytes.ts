/**
 * Streams a file from a server, from any byte on. Works in browsers and in Node. Do not send `If-Range`: across origins it
 * costs a preflight request that the hosts of model files refuse, while a plain `Range` does not
 * (https://fetch.spec.whatwg.org/#cors-safelisted-request-header). The validator is compared here instead.
 */
import { HearthError } from '../../abi/index.ts'
import type { FetchedBytes } from '../../core/engines/model-files.ts'

/** @throws HearthError `download-failed`, or the signal's reason. See `ModelFiles.fetch`. */
export async function fetchBytes(
  url: string,
  from: number,
  etag: string | null,
  signal: AbortSignal,
): Promise<FetchedBytes> {
  const response = await request(url, from, signal)
  if (response.status === 416 && from > 0) {
    await discard(response)
    const whole = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
    // Asked for what comes after the last byte: there is nothing, and nothing is missing.
    if (whole !== undefined && Number(whole) === from && sameFile(response, etag)) {
      return { resumed: true, totalBytes: from, etag: strongEtag(response) ?? etag, chunks: nothing() }
    }
    return fetchBytes(url, 0, null, signal)
  }
  if (!response.ok || !response.body) {
    await discard(response)
    throw failed(url, response.status, from)
  }
  const range = contentRange(response)
  if (response.status === 206 && ((range && range.start !== from) || !sameFile(response, etag))) {
    await discard(response)
    // Sent a part when all of it was asked for: asking again could go on for ever.
    if (from === 0 && etag === null) throw failed(url, response.status, 0)
    return fetchBytes(url, 0, null, signal)
  }
  const resumed = from > 0 && response.status === 206
  return {
    resumed,
    totalBytes: totalBytes(response, range, resumed ? from : 0),
    etag: strongEtag(response),
    chunks: chunks(url, response.body, resumed ? from : 0, signal),
  }
}

async function request(url: string, from: number, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, {
      headers: from > 0 ? { Range: `bytes=${from}-` } : {},
      signal,
      // The HTTP cache would keep a second copy of gigabytes.
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    })
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw failed(url, null, from, error)
  }
}

async function* chunks(
  url: string,
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const reader = body.getReader()
  let received = from
  try {
    for (;;) {
      const step = await reader.read()
      if (step.done) return
      received += step.value.byteLength
      yield step.value
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw failed(url, null, received, error)
  } finally {
    await reader.cancel().catch(() => {})
  }
}

async function* nothing(): AsyncGenerator<never, void, undefined> {
  yield* []
}

/** Validators that can be seen and differ mean another file; one that is hidden from scripts proves nothing. */
function sameFile(response: Response, etag: string | null): boolean {
  const now = strongEtag(response)
  return etag === null || now === null || now === etag
}

/** A weak validator (`W/`) does not promise the same bytes. */
function strongEtag({ headers }: Response): string | null {
  const etag = headers.get('etag')
  return etag === null || etag.startsWith('W/') ? null : etag
}

function contentRange({ headers }: Response): { start: number; total: number | null } | null {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? []
  if (start === undefined || total === undefined) return null
  return { start: Number(start), total: total === '*' ? null : Number(total) }
}

function totalBytes(response: Response, range: ReturnType<typeof contentRange>, from: number): number | null {
  if (range) return range.total
  const length = response.headers.get('content-length')
  // The length of a compressed body says nothing about the file.
  const encoding = response.headers.get('content-encoding') ?? 'identity'
  return length === null || encoding !== 'identity' ? null : from + Number(length)
}

async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {})
}

function failed(url: string, status: number | null, receivedBytes: number, cause?: unknown): HearthError {
  // `navigator` is not in every runtime; only `false` is a statement.
  const { navigator } = globalThis as { navigator?: { onLine?: boolean } }
  const offline = status === null && navigator?.onLine === false
  const what = offline
    ? 'You are offline.'
    : status === null
      ? 'The server did not answer.'
      : `The server answered ${status}.`
  return new HearthError(
    'download-failed',
    `${what} Try again later.`,
    { url, status, offline, receivedBytes },
    { cause },
  )
}
