/**
 * What a tool writes for a run is committed together with that its call is done. A kernel that dies between that and the call's
 * result leaves a call that is not made again: it has happened, and what it returned is on record. A call that was given up
 * meanwhile writes nothing any more.
 */
import { HearthError } from '../../abi/index.ts'
import type { Database } from '../storage/database.ts'
import type { RunRecord } from '../storage/records.ts'
import type { CommitEffect, EffectsOf } from '../tools/tool.ts'
import type { ActiveRuns } from './active-runs.ts'

export function createEffects(active: Pick<ActiveRuns, 'get'>, database: Pick<Database, 'commit'>): EffectsOf {
  return (principal): CommitEffect => {
    const log = principal.kind === 'agent' ? active.get(principal.run)?.log : undefined
    const call = log?.progress.calls[0]?.id
    if (!log || call === undefined) return (writes) => database.commit(writes, 'strict')
    return (writes, value) =>
      log.append({
        change: (record) => ({ ...record, effect: { call, value } }),
        failed: withoutEffect,
        events(_record, { calls }) {
          if (calls[0]?.id !== call) throw givenUp()
          return []
        },
        writes: () => [...writes],
        durability: 'strict',
      })
  }
}

export function withoutEffect({ effect: _effect, ...record }: RunRecord): RunRecord {
  return record
}

function givenUp(): HearthError<'cancelled'> {
  return new HearthError('cancelled', 'The call was given up before it wrote anything.', { by: 'kernel' })
}
