/** Tells people and the log that an agent had to answer without some of its memory. Imported when that happens. */
import { toWire } from '../../abi/index.ts'
import type { AuditLog } from '../audit/log.ts'
import type { KernelEvents } from '../events.ts'

const LACKING = {
  'memory.list': 'its notes about you and its work',
  'memory.search': 'what it learnt from work like this',
  'memory.get': 'a memory that this conversation was shown before',
} as const

export type Reading = keyof typeof LACKING

export interface TellDeps {
  readonly events: Pick<KernelEvents, 'publish'>
  readonly audit: Pick<AuditLog, 'later'>
}

export function tellOfLack({ events, audit }: TellDeps, agent: string, name: Reading, error: unknown): void {
  const { code, message: cause } = toWire(error)
  audit.later('outcome', { id: agent, name, principal: { kind: 'kernel' } }, `${code}: answered without`)
  const message = `Memory could not be read, so an agent answered without ${LACKING[name]}. Nothing was lost. ${cause}`
  events.publish({ type: 'notice', level: 'warning', code, message })
}
