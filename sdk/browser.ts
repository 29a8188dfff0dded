/** The real environment: the SharedWorker that is the kernel, Web Locks, and workers of this page. */
import { HearthError } from '../kernel/abi/index.ts'
import type { ErrorData, LendKind } from '../kernel/abi/index.ts'
import type { Environment, LentWorker } from './environment.ts'

declare global {
  interface WorkerOptions {
    /** Keeps a SharedWorker for a while after its last page closes, such as across a reload. Chrome 148 and newer. */
    extendedLifetime?: boolean
  }
}

/** @throws HearthError `unsupported`, with a sentence that says what to use instead. */
export function checkSupport(): void {
  const missing = (feature: ErrorData['unsupported']['feature'], message: string): HearthError =>
    new HearthError('unsupported', message, { feature })
  const use = 'Use a current Chrome, Edge, Firefox or Safari (on Android, Chrome 148 or newer).'
  if (!globalThis.isSecureContext)
    throw missing('web-locks', 'Hearth runs only on secure pages. Open this page over https, or from localhost.')
  if (typeof SharedWorker === 'undefined')
    throw missing('shared-worker', `This browser has no SharedWorker, in which Hearth's kernel runs. ${use}`)
  if (typeof navigator.locks === 'undefined')
    throw missing('web-locks', `This browser has no Web Locks, by which Hearth notices closed tabs. ${use}`)
  if (typeof indexedDB === 'undefined')
    throw missing('indexeddb', `This browser gives this page no IndexedDB, where Hearth keeps everything. ${use}`)
}

export function browserEnvironment(): Environment {
  return {
    lends: ['llamacpp', 'quickjs', 'webllm', 'gpu-link'],
    isolated: globalThis.crossOriginIsolated,

    openKernel(onError) {
      // The bundler reads these two calls: their arguments must stay literal.
      const worker = new SharedWorker(new URL('../kernel/hosts/shared-worker.ts', import.meta.url), {
        type: 'module',
        name: 'hearth',
        extendedLifetime: true,
      })
      worker.addEventListener('error', (event) => onError(reasonOf(event)))
      return worker.port
    },

    hold(lock) {
      return new Promise((resolve, reject) => {
        const held = () => new Promise<void>((release) => resolve(release))
        navigator.locks.request(lock, held).catch(reject)
      })
    },

    async whenReleased(lock, signal) {
      // Shared, so that every waiting tab gets it at once.
      await navigator.locks.request(lock, { mode: 'shared', signal }, () => undefined)
    },

    spawn: (kind, onError) => (kind === 'gpu-link' ? linkGpuEngine(onError) : spawnWorker(kind, onError)),

    onFreeze(freeze, thaw) {
      const hide = (event: PageTransitionEvent) => event.persisted && freeze()
      const show = (event: PageTransitionEvent) => event.persisted && thaw()
      addEventListener('pagehide', hide)
      addEventListener('pageshow', show)
      return () => {
        removeEventListener('pagehide', hide)
        removeEventListener('pageshow', show)
      }
    },
  }
}

function spawnWorker(kind: LendKind, onError: (reason: string) => void): LentWorker {
  const worker = new Worker(new URL('../kernel/hosts/lent-worker.ts', import.meta.url), {
    type: 'module',
    name: 'hearth worker',
  })
  worker.addEventListener('error', (event) => onError(reasonOf(event)))
  const { port1, port2 } = new MessageChannel()
  worker.postMessage({ kind }, [port1])
  return { port: port2, terminate: () => worker.terminate() }
}

/** The GPU engine is a SharedWorker of its own: this page only starts it, and its end of the link outlives the page. */
function linkGpuEngine(onError: (reason: string) => void): LentWorker {
  const engine = new SharedWorker(new URL('../kernel/hosts/gpu-engine.ts', import.meta.url), {
    type: 'module',
    name: 'hearth gpu',
    extendedLifetime: true,
  })
  engine.addEventListener('error', (event) => onError(reasonOf(event)))
  const { port1, port2 } = new MessageChannel()
  engine.port.start()
  engine.port.postMessage({ kind: 'gpu-link' }, [port1])
  return { port: port2, terminate: () => engine.port.close() }
}

function reasonOf(event: Event): string {
  return event instanceof ErrorEvent && event.message ? event.message : 'its script could not be loaded'
}
