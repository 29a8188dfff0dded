/**
 * Finds WebLLM a worker: the GPU engine's SharedWorker, which outlives single tabs, or else a lent dedicated worker, for
 * browsers that give no adapter to a SharedWorker.
 */
import { HearthError } from '../../abi/index.ts'
import type { LendKind } from '../../abi/index.ts'
import type { Lease, Lender } from '../../core/lending.ts'
import { EngineLink } from './engine-link.ts'
import { noWebgpu } from './failure.ts'
import type { LinkRole } from './link.ts'

export interface Borrowed {
  readonly lease: Lease
  readonly link: EngineLink
}

/** What became of a lease that cannot be used. */
interface Refused {
  readonly reason: string
  /** Its tab closed or its worker died before it could say whether it has an adapter. */
  readonly lost?: HearthError
}

/**
 * @throws HearthError `unsupported` when no worker of any tab has an adapter, `engine-lost` when the last one asked was lost; or
 * the signal's reason.
 */
export async function borrowGpu(
  lender: Lender,
  signal: AbortSignal,
  onWait: () => void,
  role: LinkRole = 'answers',
): Promise<Borrowed> {
  const first = await firstLease(lender, ['gpu-link', 'webllm'], signal, onWait)
  const found = await tryLease(first, role, signal)
  if ('link' in found) return found
  if (first.kind === 'webllm') throw failureOf(found)
  const other = await tryLease(await lender.borrow('webllm', signal, onWait), role, signal)
  if ('link' in other) return other
  throw failureOf(other)
}

const failureOf = ({ reason, lost }: Refused): HearthError => lost ?? noWebgpu(reason)

/**
 * The first kind that some tab lends. The second is asked for only once the first has to wait, so that a tab that lends both
 * gives the first.
 */
async function firstLease(
  lender: Lender,
  [preferred, substitute]: readonly [LendKind, LendKind],
  signal: AbortSignal,
  onWait: () => void,
): Promise<Lease> {
  const settled = new AbortController()
  const stop = AbortSignal.any([signal, settled.signal])
  const leases: Promise<Lease>[] = []
  let used: Lease | undefined
  try {
    used = await new Promise<Lease>((resolve, reject) => {
      const ask = (kind: LendKind, wait: () => void) => {
        const lease = lender.borrow(kind, stop, wait)
        leases.push(lease)
        lease.then(resolve, reject)
      }
      ask(preferred, () => ask(substitute, onWait))
    })
    return used
  } finally {
    settled.abort()
    // A tab may have lent the other one at the same moment.
    for (const lease of leases) void lease.then((one) => one === used || one.kill()).catch(() => {})
  }
}

/** A link to a worker that has an adapter, or why it has none; the lease is then given back. */
async function tryLease(lease: Lease, role: LinkRole, signal: AbortSignal): Promise<Borrowed | Refused> {
  const link = new EngineLink(lease)
  try {
    const gpu = await link.probe(role, signal)
    if (!('reason' in gpu)) return { lease, link }
    await give(lease, link)
    return gpu
  } catch (error) {
    await give(lease, link)
    signal.throwIfAborted()
    const reason = error instanceof Error ? error.message : String(error)
    return HearthError.is(error, 'engine-lost') ? { reason, lost: error } : { reason }
  }
}

async function give(lease: Lease, link: EngineLink): Promise<void> {
  link.close()
  await lease[Symbol.asyncDispose]()
}
