/** What is written along with the end of a run, besides its record: its call's settlement, and what need not be kept. */
import type { RunEvent } from '../../abi/index.ts'
import { RUNS_KEPT } from '../param.ts'
import type { Database, Mutation } from '../storage/database.ts'
import { KEY_END, type RunRecord } from '../storage/records.ts'
import { earlyEndOf, runOf, type EarlyEnd } from './run-record.ts'

/**
 * @param record as it ends
 * @param kept ids of the ended runs on record, oldest first
 */
export async function endWrites(
  database: Database,
  record: RunRecord,
  events: readonly RunEvent[],
  kept: readonly string[],
): Promise<Mutation[]> {
  const writes: Mutation[] = []
  if (record.call !== undefined) {
    const call = await database.get('calls', record.call)
    if (call?.state === 'intent') {
      const value = { ...call, state: 'done', run: record.id, result: runOf(record) } as const
      writes.push({ op: 'put', store: 'calls', value })
    }
  }
  for (const { from, to } of repeatedByTurns(events)) {
    writes.push({ op: 'delete-range', store: 'journal', from: [record.id, from], to: [record.id, to] })
  }
  const excess = kept.length + 1 - RUNS_KEPT
  for (const id of kept.slice(0, Math.max(0, excess))) {
    writes.push({ op: 'delete', store: 'runs', key: id })
    writes.push({ op: 'delete-range', store: 'journal', from: [id, 0], to: [id, KEY_END] })
  }
  return writes
}

/**
 * How the run ended as far as its caller was told, when the kernel died before that could be stored with the run: it must not
 * go on as if nobody had been told.
 */
export async function settledAs(database: Database, { call: id }: RunRecord): Promise<EarlyEnd | null> {
  const call = id === undefined ? undefined : await database.get('calls', id)
  if (call?.state === 'failed') return call.error?.code === 'cancelled' ? { state: 'cancelled', error: null } : null
  if (call?.state !== 'done') return null
  const run = call.result as RunRecord
  return run.state === 'failed' || run.state === 'cancelled' ? earlyEndOf(run) : null
}

const PASSING: readonly RunEvent['type'][] = ['text', 'queued', 'paused', 'resumed', 'undecided']

/** Stretches of consecutive events that say nothing beyond what the turns hold. */
function repeatedByTurns(events: readonly RunEvent[]): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = []
  for (const { type, seq } of events) {
    if (!PASSING.includes(type)) continue
    const last = ranges.at(-1)
    if (last?.to === seq - 1) last.to = seq
    else ranges.push({ from: seq, to: seq })
  }
  return ranges
}
