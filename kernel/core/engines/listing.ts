/** What lists show of one engine: who wants tokens of it, and how it is doing. */
import type { EngineKind, SchedulerEngine, SchedulerJob } from '../../abi/index.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import { rowOf } from './member.ts'
import type { Member } from './member.ts'
import type { Shares } from './shares.ts'

export interface Listed {
  readonly kind: EngineKind
  readonly scheduler: Scheduler
  /** Everybody, oldest first; and those of them who write, longest first. */
  readonly members: ReadonlyMap<number, Member>
  readonly writing: ReadonlySet<Member>
}

/** Those who write first, then those who wait, in that order. @param now monotonic, in ms */
export function listJobs(listed: Listed, shares: Shares, now: number, most: number): SchedulerJob[] {
  const rows: SchedulerJob[] = []
  const add = (member: Member) => {
    const view = listed.scheduler.view(member.id, now)
    if (!view || !member.request || rows.length >= most) return
    rows.push(rowOf(member, member.request, view, listed.kind, shares.share(member.request.by.flow, now)))
  }
  for (const member of listed.writing) add(member)
  for (const member of listed.members.values()) {
    if (rows.length >= most) break
    if (!member.turn) add(member)
  }
  return rows
}

export function describeEngine(
  { kind, scheduler }: Listed,
  slots: number,
  load: { running: number; waiting: number },
): SchedulerEngine {
  const model = scheduler.loaded
  const rates = model === null ? null : scheduler.rates(model)
  return {
    ...{ engine: kind, model, slots: model === null ? 0 : slots, ...load },
    ...{ prefillRate: perSecond(rates?.prefillRate ?? null), decodeRate: perSecond(rates?.decodeRate ?? null) },
  }
}

function perSecond(rate: number | null): number | null {
  return rate === null ? null : rate * 1000
}
