/**
 * Watches what WebLLM fetches while it loads: it tells neither bytes nor which request failed, passes no signal to some, and
 * turns every error into a text. Replaces `fetch` in a worker that is ours alone, for the time of one load.
 */

/** The first thing that went wrong on the network. */
export interface FetchFault {
  readonly url: string
  /** Null when there was no answer, or it broke off. */
  readonly status: number | null
}

export interface FetchWatch extends Disposable {
  readonly fault: FetchFault | null
  /** Bytes received so far, of everything. */
  readonly receivedBytes: number
  /** Of those, bytes of responses that have not ended yet. */
  readonly openBytes: number
  /** Size of all weights, once their list was fetched; null when it came from the cache. */
  readonly weightBytes: number | null
}

/**
 * @param signal ends every request
 * @param onBytes called for each piece that arrives
 */
export function watchFetches(signal: AbortSignal, onBytes: () => void): FetchWatch {
  const original = globalThis.fetch
  const open = new Map<Response, number>()
  let fault: FetchFault | null = null
  let receivedBytes = 0
  let weightBytes: number | null = null

  const blame = (url: string, status: number | null) => {
    if (!signal.aborted) fault ??= { url, status }
  }

  /** The same response, counted. */
  function count(response: Response, body: ReadableStream<Uint8Array<ArrayBuffer>>, url: string): Response {
    const reader = body.getReader()
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (done) {
            open.delete(response)
            controller.close()
            return
          }
          receivedBytes += value.byteLength
          open.set(response, (open.get(response) ?? 0) + value.byteLength)
          controller.enqueue(value)
          onBytes()
        } catch (error) {
          open.delete(response)
          blame(url, null)
          controller.error(error)
        }
      },
      cancel(reason) {
        open.delete(response)
        return reader.cancel(reason)
      },
    })
    const { status, statusText, headers } = response
    return new Response(stream, { status, statusText, headers })
  }

  globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    const stop = init?.signal ? AbortSignal.any([signal, init.signal]) : signal
    let response: Response
    try {
      response = await original(input, { ...init, signal: stop })
    } catch (error) {
      blame(url, null)
      throw error
    }
    if (!response.ok) blame(url, response.status)
    if (!response.ok || !response.body) return response
    const counted = count(response, response.body, url)
    if (url.endsWith('/tensor-cache.json')) void sizeOf(counted.clone()).then((bytes) => (weightBytes = bytes))
    return counted
  }

  return {
    get fault() {
      return fault
    },
    get receivedBytes() {
      return receivedBytes
    },
    get openBytes() {
      return [...open.values()].reduce((sum, bytes) => sum + bytes, 0)
    },
    get weightBytes() {
      return weightBytes
    },
    [Symbol.dispose]() {
      globalThis.fetch = original
    },
  }
}

/** Sum of the shards in MLC's list of them; null when it is not one. */
async function sizeOf(list: Response): Promise<number | null> {
  try {
    const { records } = (await list.json()) as { records: readonly { nbytes: number }[] }
    const bytes = records.reduce((sum, { nbytes }) => sum + nbytes, 0)
    return Number.isFinite(bytes) ? bytes : null
  } catch {
    return null
  }
}
