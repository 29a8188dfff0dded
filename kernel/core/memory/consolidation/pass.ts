/**
 * One pass over all memories: ends what is out of date, joins what says the same, has old small facts summarised. Each step is
 * one commit that is decided again under the lock, so it can stop, or be killed, between any two and be begun anew.
 */
import { HearthError, type ConsolidationReport } from '../../../abi/index.ts'
import type { MemoryRecord } from '../../storage/records.ts'
import type { MemoryParts } from '../handlers.ts'
import { MEMORIES_PER_SLICE } from '../param.ts'
import { objectionTo } from './check-summary.ts'
import { crowds, maySummarise, takeGroup } from './groups.ts'
import { joined, mergeKeyOf, planMerge } from './merging.ts'
import { isExpired, isUnused, planEnding } from './out-of-date.ts'
import { ENDED_PER_COMMIT, GROUP_LEAST, LOOKS_PER_RUN, SUMMARIES_PER_RUN } from './param.ts'
import { isValid } from './ended.ts'
import { askForSummary, plainSummary, planSummary } from './summary.ts'
import type { Summariser } from './summariser.ts'

export interface PassDeps {
  readonly parts: Pick<MemoryParts, 'index' | 'changes' | 'uses' | 'clock' | 'random'>
  readonly summariser: Summariser
  /** Facts whose summary was thrown away, by id and version: another try would end the same. */
  readonly hopeless: Set<string>
}

type Report = { -readonly [K in keyof ConsolidationReport]: ConsolidationReport[K] }

/** @param report counted up as it goes @throws the signal's reason, or what storage or the engine threw */
export async function pass(deps: PassDeps, report: Report, signal: AbortSignal): Promise<void> {
  const { index, clock, uses } = deps.parts
  await uses.flush()
  const now = clock.now()
  const all = await index.list({ validAt: 'any' })
  const outOfDate: MemoryRecord[] = []
  const same = new Map<string, MemoryRecord[]>()
  for (let from = 0; from < all.length; from += MEMORIES_PER_SLICE) {
    // The first one too: reading may have taken a while.
    await clock.sleep(0, signal)
    for (const memory of all.slice(from, from + MEMORIES_PER_SLICE)) {
      if (isExpired(memory, now) || isUnused(memory, now)) outOfDate.push(memory)
      else if (memory.kind === 'block' || !isValid(memory, now)) continue
      else collect(same, memory)
      report.read += 1
    }
  }
  await end(deps, outOfDate, report, signal)
  const alone = await merge(deps, await joined(same, () => clock.sleep(0, signal)), report, signal)
  await summarise(deps, alone, report, signal)
}

function collect(same: Map<string, MemoryRecord[]>, memory: MemoryRecord): void {
  const key = mergeKeyOf(memory) ?? memory.id
  const others = same.get(key)
  if (others) others.push(memory)
  else same.set(key, [memory])
}

async function end({ parts }: PassDeps, found: MemoryRecord[], report: Report, signal: AbortSignal): Promise<void> {
  for (let from = 0; from < found.length; from += ENDED_PER_COMMIT) {
    signal.throwIfAborted()
    const some = found.slice(from, from + ENDED_PER_COMMIT)
    report.expired += await parts.changes.now('strict', () => planEnding(parts.index, some, parts.clock.now()), signal)
  }
}

/** @returns those that nothing else says */
async function merge(
  { parts }: PassDeps,
  same: Iterable<MemoryRecord[]>,
  report: Report,
  signal: AbortSignal,
): Promise<MemoryRecord[]> {
  const alone: MemoryRecord[] = []
  for (const facts of same) {
    const [first, second] = facts
    if (first && !second) alone.push(first)
    else {
      signal.throwIfAborted()
      report.merged += await parts.changes.now('strict', () => planMerge(parts.index, facts, parts.clock.now()), signal)
    }
  }
  return alone
}

async function summarise(deps: PassDeps, alone: MemoryRecord[], report: Report, signal: AbortSignal): Promise<void> {
  const now = deps.parts.clock.now()
  const large = crowds(alone.filter((memory) => maySummarise(memory, now) && !deps.hopeless.has(nameOf(memory))))
  if (large.length === 0) return
  if (deps.summariser.model() === null) {
    report.note = 'No model of this device is loaded, so nothing was summarised.'
    return
  }
  const tally = { looks: 0, tries: 0, thrownAway: 0 }
  for (const facts of large) {
    const crowd = new Map(facts.map((fact) => [fact.id, fact]))
    while (crowd.size > 0 && tally.tries < SUMMARIES_PER_RUN && (tally.looks += 1) <= LOOKS_PER_RUN) {
      await deps.parts.clock.sleep(0, signal)
      if (!(await summariseNext(deps, crowd, report, tally, signal))) return
    }
  }
}

/** @returns false when there is no model any more */
async function summariseNext(
  { parts, summariser, hopeless }: PassDeps,
  crowd: Map<string, MemoryRecord>,
  report: Report,
  tally: { tries: number; thrownAway: number },
  signal: AbortSignal,
): Promise<boolean> {
  const { index, changes, clock } = parts
  const model = summariser.model()
  if (!model) return unloaded(report)
  const group = await takeGroup(index, crowd, model.units)
  const [first] = group
  if (!first || group.length < GROUP_LEAST) return true
  tally.tries += 1
  const written = await summariser.write(model.id, askForSummary(group), signal)
  // No fault of the summary's, so its facts are asked about again another time.
  if (written === undefined) return unloaded(report)
  const text = written === null ? '' : plainSummary(written)
  const facts = group.map((fact) => fact.text)
  if (written !== null && objectionTo(text, facts) === undefined) {
    const plan = () => planSummary(parts, group, { text, model: model.id }, clock.now())
    if (await changes.now('strict', plan, signal)) report.summarised += group.length
    return true
  }
  hopeless.add(nameOf(first))
  tally.thrownAway += 1
  const what = tally.thrownAway === 1 ? 'One summary was' : `${tally.thrownAway} summaries were`
  report.note = `${what} thrown away: not all that the memories say was in it, or more. The memories stay as they are.`
  return true
}

function unloaded(report: Report): false {
  report.note = 'The model was unloaded, so no more was summarised.'
  return false
}

const nameOf = ({ id, version }: MemoryRecord): string => `${id}@${version}`

/** Why it stopped before its end, for a person. */
export const otherWork = (): HearthError<'cancelled'> =>
  new HearthError('cancelled', 'Somebody needed the model. It goes on when nobody does.', { by: 'kernel' })
