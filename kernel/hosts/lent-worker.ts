/**
 * The dedicated worker a tab lends to the kernel. Its first message, `{ kind }` with one port, says what to become; from
 * then on it speaks over that port alone. It decides nothing: what runs here is in drivers/<kind>/worker.ts. The imports
 * are spelled out so that the bundler makes a chunk of each, and a worker downloads only its own.
 */
import type { LendKind } from '../abi/index.ts'

type WorkerKind = Exclude<LendKind, 'gpu-link'>

const drivers: Record<WorkerKind, () => Promise<{ serve(port: MessagePort): void }>> = {
  llamacpp: () => import('../drivers/llamacpp/worker.ts'),
  quickjs: () => import('../drivers/quickjs/worker.ts'),
  webllm: () => import('../drivers/webllm/worker.ts'),
}

/** First message to the worker. */
export interface LentWorkerStart {
  kind: WorkerKind
}

self.addEventListener(
  'message',
  (event: MessageEvent<LentWorkerStart>) => {
    const port = event.ports[0]
    if (!port) throw new Error('A lent worker was started without a port.')
    // Messages wait in the port until the driver sets its listener, so nothing is lost while it loads.
    void drivers[event.data.kind]().then(
      (driver) => driver.serve(port),
      // Uncaught, so that the tab sees the worker's `error` event and can tell the kernel.
      (error: unknown) => reportError(error),
    )
  },
  { once: true },
)
