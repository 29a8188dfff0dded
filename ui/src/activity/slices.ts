/** Slices of slots in time: merging what is told later, the lanes they stand in, and finding those one can see. Pure. */
import type { EngineKind, SlotSlice } from '../../../sdk/index.ts'

/** One slot of one engine, and who had it, in order of time. They never overlap: a slot has one at a time. */
export interface Lane {
  readonly key: string
  readonly engine: EngineKind
  readonly slot: number
  readonly slices: readonly SlotSlice[]
}

/** Adds slices that began and replaces those that are told of again; the oldest go above `limit`. */
export function mergeSlices(known: readonly SlotSlice[], news: readonly SlotSlice[], limit: number): SlotSlice[] {
  const newest = known.at(-1)?.seq ?? 0
  const fresh = news.filter(({ seq }) => seq > newest)
  const again = new Map(news.filter(({ seq }) => seq <= newest).map((slice) => [slice.seq, slice]))
  const before = again.size === 0 ? known : known.map((slice) => again.get(slice.seq) ?? slice)
  return [...before, ...fresh.sort((a, b) => a.seq - b.seq)].slice(-limit)
}

/** A lane for each slot there is or was, engines in order of their name and slots in order of their number. */
export function lanesOf(
  slices: readonly SlotSlice[],
  engines: readonly { engine: EngineKind; slots: number }[],
): readonly Lane[] {
  const lanes = new Map<string, Lane & { slices: SlotSlice[] }>()
  const lane = (engine: EngineKind, slot: number): { slices: SlotSlice[] } => {
    const key = `${engine}:${slot}`
    const known = lanes.get(key) ?? { key, engine, slot, slices: [] }
    lanes.set(key, known)
    return known
  }
  for (const { engine, slots } of engines) for (let slot = 0; slot < slots; slot++) lane(engine, slot)
  for (const slice of slices) lane(slice.engine, slice.slot).slices.push(slice)
  for (const { slices: own } of lanes.values()) own.sort((a, b) => a.from - b.from)
  return [...lanes.values()].sort((a, b) => a.engine.localeCompare(b.engine) || a.slot - b.slot)
}

/** The part of a lane that lies between two times, found without looking at the rest. `now` ends what goes on. */
export function visible(lane: Lane, from: number, to: number, now: number): readonly SlotSlice[] {
  const first = firstWhere(lane.slices, (slice) => (slice.to ?? now) >= from)
  const end = firstWhere(lane.slices, (slice) => slice.from > to)
  return lane.slices.slice(first, end)
}

/** The slice at a time, or the nearest one within `reach` milliseconds, so that thin ones can be met. */
export function sliceAt(lane: Lane, time: number, reach: number, now: number): SlotSlice | null {
  let best: SlotSlice | null = null
  let distance = reach
  for (const slice of visible(lane, time - reach, time + reach, now)) {
    const away = Math.max(slice.from - time, time - (slice.to ?? now), 0)
    if (away > distance || (away === distance && best !== null)) continue
    best = slice
    distance = away
  }
  return best
}

/** Binary search: the first index for which `test` holds, in a list where it holds for all after it. */
function firstWhere<T>(list: readonly T[], test: (one: T) => boolean): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    const one = list[middle]
    if (one !== undefined && test(one)) high = middle
    else low = middle + 1
  }
  return low
}
