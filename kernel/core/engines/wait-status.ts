/** Why somebody waits, in words for a person where there is more to say than how many are before him. */
import type { Scheduler } from '../scheduler/scheduler.ts'
import type { EngineHost } from './engine-host.ts'
import type { Member } from './member.ts'
import type { WaitStatus } from './turn.ts'

export interface Words {
  nameOf: (model: string) => string
  /** Why somebody is held. */
  heldReason: () => string
}

export function waitStatus(
  { id, model, request }: Member,
  scheduler: Scheduler,
  host: EngineHost,
  { nameOf, heldReason }: Words,
): WaitStatus {
  if (request?.by.held) return { kind: 'held', reason: heldReason() }
  if (model === null || scheduler.changingTo?.to !== model) return { kind: 'queued', ahead: scheduler.ahead(id) ?? 0 }
  const forTab = host.waitsForTab
  const reason = forTab ? `${nameOf(model)} waits for an open tab to run in.` : `${nameOf(model)} is being loaded.`
  return { kind: 'loading', reason, forTab }
}
