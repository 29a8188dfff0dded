/** What the benchmark's page can do; run.mjs calls it. One page for each start: its worker ends with it. */
import type { Work } from './scale-worker.ts'

const memory = {
  run(what: Work['what'], count: number): Promise<unknown> {
    const worker = new SharedWorker(new URL('./scale-worker.ts', import.meta.url), {
      type: 'module',
      name: crypto.randomUUID(),
    })
    return new Promise((resolve, reject) => {
      worker.onerror = () => reject(new Error('the worker did not start'))
      worker.port.onmessage = ({ data }: MessageEvent<{ result?: unknown; error?: string }>) => {
        if (data.error === undefined) resolve(data.result)
        else reject(new Error(data.error))
      }
      worker.port.postMessage({ what, count } satisfies Work)
    })
  },
}

declare global {
  var memoryBench: typeof memory
}
globalThis.memoryBench = memory
