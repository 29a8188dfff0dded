/**
 * What is on record of journaled calls, under the caller's own ids: how a client that comes back to a later kernel learns
 * what became of each call, and why a repeated call does not run twice.
 */
import { HearthError, toWire } from '../abi/index.ts'
import type { Principal, SettledCall, WireError } from '../abi/index.ts'
import type { ActiveCall } from './active-call.ts'
import { CALLS_KEPT, TRIM_PAGE } from './param.ts'
import type { Clock } from './platform.ts'
import type { Database, Mutation } from './storage/database.ts'
import type { CallRecord } from './storage/records.ts'

export interface CallRecordsDeps {
  readonly database: Database
  readonly clock: Clock
  readonly epoch: number
  /** The run a call started and that has not ended. */
  readonly runOfCall: (call: string) => string | undefined
}

export interface CallRecords {
  /** Fails its batch with `conflict` when the id was used before. */
  intent(call: ActiveCall): Mutation
  /** For a call whose effects are in the same commit: there was no intent before. */
  doneAtOnce(call: ActiveCall, result: unknown): Mutation
  done(call: ActiveCall, result: unknown): Mutation
  failed(call: ActiveCall, error: WireError): Mutation
  /** The record under this id, if the same principal made it. */
  find(id: string, principal: Principal): Promise<CallRecord | undefined>
  /** For the answer to hello. `isLive` says whether this kernel is still working on the call for another port. */
  outcome(id: string, principal: Principal, isLive: (id: string) => boolean): Promise<SettledCall>
  /** Deletes the oldest records above `CALLS_KEPT`, a page at a time. */
  trim(isLive: (id: string) => boolean): Promise<void>
}

export function createCallRecords({ database, clock, epoch, runOfCall }: CallRecordsDeps): CallRecords {
  const head = (call: ActiveCall): Omit<CallRecord, 'state'> => ({
    id: call.id,
    syscall: call.name,
    principal: call.caller.principal,
    epoch,
    at: clock.now(),
  })

  async function find(id: string, principal: Principal): Promise<CallRecord | undefined> {
    const record = await database.get('calls', id)
    return record !== undefined && same(record.principal, principal) ? record : undefined
  }

  return {
    intent: (call) => ({ op: 'add', store: 'calls', value: { ...head(call), state: 'intent' } }),
    doneAtOnce: (call, result) => ({ op: 'add', store: 'calls', value: { ...head(call), state: 'done', result } }),
    done: (call, result) => ({ op: 'put', store: 'calls', value: { ...head(call), state: 'done', result } }),
    failed: (call, error) => ({ op: 'put', store: 'calls', value: { ...head(call), state: 'failed', error } }),
    find,

    async outcome(id, principal, isLive) {
      const record = await find(id, principal)
      if (record === undefined) return { state: 'absent' }
      if (record.state === 'done') return { state: 'done', result: record.result }
      if (record.state === 'failed') return { state: 'failed', error: record.error ?? toWire(unknownCall(record)) }
      const run = runOfCall(id)
      if (run !== undefined) return { state: 'running', run }
      // Repeating a call that this kernel is working on joins it, so the client may do just that.
      return isLive(id) ? { state: 'absent' } : { state: 'unknown' }
    },

    async trim(isLive) {
      const excess = (await database.count('calls')) - CALLS_KEPT
      if (excess <= 0) return
      const ages: { id: string; at: number }[] = []
      let from = ''
      for (;;) {
        const page = await database.list('calls', { from, limit: TRIM_PAGE })
        for (const { id, at } of page)
          if (id !== from && !isLive(id) && runOfCall(id) === undefined) ages.push({ id, at })
        const last = page.at(-1)
        if (last === undefined || page.length < TRIM_PAGE) break
        from = last.id
      }
      ages.sort((a, b) => a.at - b.at)
      const batch = ages.slice(0, excess).map(({ id }): Mutation => ({ op: 'delete', store: 'calls', key: id }))
      await database.commit(batch, 'relaxed')
    },
  }
}

/** What a caller gets whose call was under way in a kernel that ended. */
export function unknownCall(record: CallRecord): HearthError<'unknown'> {
  return new HearthError(
    'unknown',
    `Hearth restarted while ${record.syscall} was under way and cannot say whether it took effect. Look before you repeat it.`,
    { call: record.id, syscall: record.syscall },
  )
}

/** Pages of one app are one principal; an agent is itself in every run. */
function same(a: Principal, b: Principal): boolean {
  const idOf = (principal: Principal): string => ('id' in principal ? principal.id : '')
  return a.kind === b.kind && idOf(a) === idOf(b)
}
