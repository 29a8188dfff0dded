/** The `kernel.*` syscalls: what the kernel is, what it does now, what changes, and stopping everything. */
import { PROTOCOL } from '../abi/index.ts'
import type { KernelInfo, KernelStats } from '../abi/index.ts'
import type { HandlersOf } from './call.ts'
import type { KernelEvents } from './events.ts'
import type { Platform } from './platform.ts'

export interface KernelHandlersDeps {
  readonly platform: Platform
  readonly epoch: number
  readonly startedAt: number
  readonly events: KernelEvents
  readonly sessions: () => KernelInfo['sessions']
  readonly stats: () => KernelStats
  /** Cancels every run and returns how many there were. */
  readonly stopRuns: () => number
  /** Stops every model answer. */
  readonly stopModels: () => void
}

export function createKernelHandlers(deps: KernelHandlersDeps): HandlersOf<'kernel'> {
  const { platform, epoch, startedAt, events } = deps
  const { version, host } = platform
  return {
    'kernel.info': () => ({ version, protocol: PROTOCOL, epoch, startedAt, host, sessions: deps.sessions() }),
    'kernel.stats': () => deps.stats(),
    async 'kernel.storage'() {
      const { files, weights } = platform
      const [storage, kept, cached] = await Promise.all([platform.storage(), files.usage(), weights.usage()])
      return { ...storage, modelBytes: kept + cached }
    },
    'kernel.watch': ({ signal, emit }) =>
      new Promise((_resolve, reject) => {
        const subscription = events.subscribe(emit)
        const stop = (): void => {
          subscription[Symbol.dispose]()
          reject(signal.reason)
        }
        signal.addEventListener('abort', stop, { once: true })
      }),
    'kernel.stop'() {
      const runs = deps.stopRuns()
      deps.stopModels()
      return { runs }
    },
  }
}
