/**
 * The GPU engine: a SharedWorker of its own for WebLLM, because loading weights blocks a thread for longer than a kernel may,
 * and running out of GPU memory must not take the kernel along. A tab starts it and posts `{ kind: 'gpu-link' }` with a port,
 * whose other end the tab lends to the kernel; the link does not need that tab afterwards, only some tab that keeps this
 * worker alive. It decides nothing: what it answers is in drivers/webllm/worker.ts.
 */
import { serve } from '../drivers/webllm/worker.ts'

/** First message of a tab. */
export interface GpuEngineStart {
  kind: 'gpu-link'
}

self.addEventListener('connect', (event) => {
  if (!(event instanceof MessageEvent)) return
  const tab = event.ports[0]
  if (!tab) return
  tab.addEventListener('message', ({ ports }: MessageEvent<GpuEngineStart>) => {
    const link = ports[0]
    if (link) serve(link)
  })
  tab.start()
})
