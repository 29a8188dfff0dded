/** The `kernel.*` syscalls: what the kernel is, what it does now, what changes, and pausing and stopping everything. */
import { PROTOCOL } from '../abi/index.ts'
import type { KernelInfo } from '../abi/index.ts'
import { setMark } from './archive/mark.ts'
import { storageByKind } from './archive/storage-kinds.ts'
import type { HandlersOf } from './call.ts'
import type { SchedulingSettings } from './engines/scheduling-settings.ts'
import type { ModelService } from './engines/service.ts'
import type { KernelEvents } from './events.ts'
import type { Platform } from './platform.ts'

export interface KernelHandlersDeps {
  readonly platform: Platform
  readonly epoch: number
  readonly startedAt: number
  readonly events: KernelEvents
  readonly sessions: () => KernelInfo['sessions']
  readonly models: Pick<ModelService, 'stats' | 'top' | 'timeline' | 'stopAll'>
  readonly settings: SchedulingSettings
  /** Cancels every run and returns how many there were. */
  readonly stopRuns: () => number
  /** Has the host boot a new kernel in place of this one. */
  readonly replace: () => void
}

export function createKernelHandlers(deps: KernelHandlersDeps): HandlersOf<'kernel'> {
  const { platform, epoch, startedAt, events, models, settings } = deps
  const { version, host } = platform
  return {
    'kernel.info': () => ({ version, protocol: PROTOCOL, epoch, startedAt, host, sessions: deps.sessions() }),
    'kernel.stats': () => models.stats(),
    async 'kernel.storage'() {
      const { files, weights } = platform
      const [storage, kept, cached] = await Promise.all([platform.storage(), files.usage(), weights.usage()])
      const modelBytes = kept + cached
      return { ...storage, modelBytes, kinds: await storageByKind(platform, modelBytes, storage.usageBytes) }
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
      models.stopAll()
      return { runs }
    },
    async 'kernel.pause'() {
      await settings.pause(true)
      return {}
    },
    async 'kernel.resume'() {
      await settings.pause(false)
      return {}
    },
    'kernel.schedule': ({ args }) => ({
      result: {},
      writes: [settings.policyMutation(args.policy)],
      after: () => settings.setPolicy(args.policy),
    }),
    'kernel.erase': () => ({
      result: {},
      writes: [setMark('erase')],
      after() {
        events.publish({
          type: 'notice',
          level: 'info',
          code: 'erased',
          message: 'Everything of this site was erased.',
        })
        deps.replace()
      },
    }),
    'kernel.top': () => models.top(),
    'kernel.timeline': ({ args }) => ({ slices: models.timeline(args.after, args.limit) }),
  }
}
