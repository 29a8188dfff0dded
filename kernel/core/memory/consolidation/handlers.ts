/** Consolidation's syscalls, and its beginning: all else is imported by the first call, or once the kernel has idled a while. */
import type { HandlersOf } from '../../call.ts'
import { CONSOLIDATION_IDLE_MS } from './param.ts'
import type { Consolidation, ConsolidationDeps } from './service.ts'

type Handlers = Pick<HandlersOf<'memory'>, 'memory.consolidate' | 'memory.consolidation' | 'memory.configure'>

export interface ConsolidationService extends Disposable {
  readonly handlers: Handlers
}

export function createConsolidation(deps: ConsolidationDeps): ConsolidationService {
  const life = new AbortController()
  let opening: Promise<Consolidation> | undefined

  function open(): Promise<Consolidation> {
    // Not kept when it failed: storage, or the network that the import needs, may be back the next time.
    return (opening ??= import('./service.ts')
      .then(({ Consolidation }) => Consolidation.open(deps, life.signal))
      .catch((error: unknown) => {
        opening = undefined
        throw error
      }))
  }

  deps.platform.clock
    .sleep(CONSOLIDATION_IDLE_MS, life.signal)
    .then(open)
    .then((consolidation) => consolidation.tend())
    // The kernel has ended, or this one will do without.
    .catch(() => {})

  return {
    handlers: {
      'memory.consolidate': async ({ signal }) => (await open()).now(signal),
      'memory.consolidation': async () => (await open()).state(),
      'memory.configure': async ({ args }) => (await open()).configure(args.consolidation),
    },
    [Symbol.dispose]: () => life.abort(),
  }
}
