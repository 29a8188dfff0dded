/**
 * The worker in which memory is measured at its full size: a SharedWorker, as the kernel's is, and a new one for each start, so
 * that a restart does not have what came before it in its heap. One piece of work, asked for through the first port.
 */
import { createBrowserPlatform } from '../../../kernel/hosts/platform.ts'
import { fill, measureScale, miniSearch } from './scale.ts'

/** As far as it is used here: the tests are compiled for a page. */
declare const self: { onconnect: ((event: MessageEvent) => void) | null }

const WORK = { fill, start: measureScale, miniSearch }

export interface Work {
  readonly what: keyof typeof WORK
  readonly count: number
}

self.onconnect = ({ ports: [port] }) => {
  if (!port) return
  port.onmessage = async ({ data: { what, count } }: MessageEvent<Work>) => {
    try {
      const platform = await createBrowserPlatform('bench', '0', 'hearth-bench-memory')
      port.postMessage({ result: await WORK[what](platform, count) })
    } catch (error) {
      port.postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  }
}
