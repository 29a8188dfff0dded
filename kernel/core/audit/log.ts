/**
 * The audit log: what was meant, what was decided and what came of it, each as a record of its own, appended and never
 * changed. Records that belong to a commit travel in that commit (`entry`); the rest are batched (`later`). Sequence numbers
 * rise; one is skipped when its commit failed. Only one kernel writes at a time, so a number is never taken twice. Nothing secret goes in: `detail` is a code, a tool's name or a reason.
 */
import type { Principal, SyscallName } from '../../abi/index.ts'
import { AUDIT_KEPT } from '../param.ts'
import type { Clock } from '../platform.ts'
import type { Database, Mutation } from '../storage/database.ts'
import type { AuditRecord } from '../storage/records.ts'

export interface AuditSubject {
  readonly id: string
  readonly name: SyscallName
  readonly principal: Principal
}

export interface AuditLog {
  /** A record for the caller to commit with what it is about. */
  entry(what: AuditRecord['what'], subject: AuditSubject, detail?: string): Mutation
  /** Records something that has no commit of its own: a refusal, a failed call that changed nothing. */
  later(what: AuditRecord['what'], subject: AuditSubject, detail?: string): void
  /** Commits what `later` collected. */
  flush(): Promise<void>
  /** Deletes all but the newest `AUDIT_KEPT` records. */
  trim(): Promise<void>
}

export interface AuditDeps {
  readonly database: Database
  readonly clock: Clock
  readonly epoch: number
}

/** Opens the log where the last kernel left it. @throws HearthError `storage-failed`. */
export async function openAuditLog({ database, clock, epoch }: AuditDeps): Promise<AuditLog> {
  const [last] = await database.list('audit', { reverse: true, limit: 1 })
  let next = (last?.seq ?? 0) + 1
  let pending: Mutation[] = []

  function entry(what: AuditRecord['what'], subject: AuditSubject, detail?: string): Mutation {
    const value: AuditRecord = {
      seq: next++,
      at: clock.now(),
      epoch,
      principal: subject.principal,
      what,
      syscall: subject.name,
      call: subject.id,
      ...(detail === undefined ? {} : { detail }),
    }
    return { op: 'put', store: 'audit', value }
  }

  async function flush(): Promise<void> {
    if (pending.length === 0) return
    const batch = pending
    pending = []
    await database.commit(batch, 'relaxed')
  }

  return {
    entry,
    later(what, subject, detail) {
      pending.push(entry(what, subject, detail))
      // One commit for all of a turn's refusals. A full disk must not turn a refusal into something worse.
      if (pending.length === 1) {
        clock
          .sleep(0)
          .then(flush)
          .catch(() => {})
      }
    },
    flush,
    async trim() {
      const to = next - 1 - AUDIT_KEPT
      if (to > 0) await database.commit([{ op: 'delete-range', store: 'audit', from: 0, to }], 'relaxed')
    },
  }
}
