/** What a person does to one run that has not ended. Each is on disk before it takes effect and before the caller hears. */
import { HearthError, type SyscallArgs } from '../../abi/index.ts'
import type { RunRecord } from '../storage/records.ts'
import type { RunLog } from './run-log.ts'
import { hasEnded } from './run-record.ts'

/** @throws HearthError what storing failed with, here and below. */
export function setPaused(log: RunLog, paused: boolean): Promise<void> {
  return change(log, ({ paused: _before, ...record }) => (paused ? { ...record, paused } : record))
}

export type Niceness = Omit<SyscallArgs<'run.renice'>, 'run'>

export function renice(log: RunLog, { class: served, weight, deadline }: Niceness): Promise<void> {
  return change(log, ({ deadline: before, ...record }) => {
    const after = deadline === undefined ? before : (deadline ?? undefined)
    return {
      ...record,
      ...(served === undefined ? {} : { class: served }),
      ...(weight === undefined ? {} : { weight }),
      ...(after === undefined ? {} : { deadline: after }),
    }
  })
}

/** @throws HearthError `conflict` unless this very call is in doubt and nobody has decided yet. */
export function decideCall(log: RunLog, { call, decision, result }: SyscallArgs<'run.decide'>): Promise<void> {
  const decided = { call, decision, ...(result === undefined ? {} : { result }) }
  return log.append({
    durability: 'strict',
    change({ undecided, ...record }) {
      if (undecided?.id === call) return { ...record, decided }
      const message = 'There is nothing to decide about that call any more. The run goes on by itself.'
      throw new HearthError('conflict', message, { kind: 'call', id: call })
    },
    events: () => [],
  })
}

/** One that has ended meanwhile stays as it is. */
function change(log: RunLog, to: (record: RunRecord) => RunRecord): Promise<void> {
  return log.append({
    durability: 'strict',
    change: (record) => (hasEnded(record) ? record : to(record)),
    events: () => [],
  })
}
