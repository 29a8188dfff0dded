/**
 * Those that could start, in the order in which they would: by model and class, and in each by the policy's key. A lane
 * holds the jobs of one flow (or one job, in arrival order); its place is that of its first job.
 */
import type { SchedulingClass } from '../../abi/index.ts'
import { CLASSES, RANK, rankOf } from './entry.ts'
import type { Entry, Lane, Share } from './entry.ts'
import { compareKeys, type Ordering } from './ordering.ts'
import { OrderedSet } from './ordered-set.ts'

type Queue = OrderedSet<Lane>

export class Ready {
  readonly #random: () => number
  #ordering: Ordering
  /** By model, then by rank. */
  readonly #queues = new Map<string, Queue[]>()
  readonly #counts = CLASSES.map(() => 0)

  constructor(ordering: Ordering, random: () => number) {
    this.#ordering = ordering
    this.#random = random
  }

  get ordering(): Ordering {
    return this.#ordering
  }

  /** How many could start if there were room. */
  get size(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0)
  }

  count(name: SchedulingClass): number {
    return this.#counts[RANK[name]] ?? 0
  }

  /** Orders everybody anew. */
  reorder(ordering: Ordering): void {
    const all = [...this.#queues.values()].flatMap((queues) => queues.flatMap((queue) => [...queue]))
    const entries = all.flatMap((lane) => [...lane.entries])
    for (const entry of entries) this.remove(entry)
    this.#ordering = ordering
    for (const entry of entries) this.add(entry)
  }

  add(entry: Entry): void {
    const model = modelOf(entry)
    const { share } = entry
    const queue = this.#queue(model, rankOf(entry))
    const known = this.#ordering.jobByJob ? undefined : share.lanes.get(model)
    if (known) queue.delete(known)
    const entries =
      known?.entries ?? new OrderedSet<Entry>((one, other) => this.#ordering.compare(one, other), this.#random)
    entries.add(entry)
    const lane: Lane = known ?? { share, model, entries, key: [0, 0, 0] }
    if (!this.#ordering.jobByJob) share.lanes.set(model, lane)
    entry.lane = lane
    this.#insert(queue, lane)
    this.#count(entry, 1)
  }

  /** Does nothing when it is not here. */
  remove(entry: Entry): void {
    const { lane } = entry
    if (!lane) return
    const queue = this.#queue(lane.model, RANK[lane.share.class])
    queue.delete(lane)
    lane.entries.delete(entry)
    entry.lane = null
    if (lane.entries.size > 0) this.#insert(queue, lane)
    else lane.share.lanes.delete(lane.model)
    this.#count(entry, -1)
    if (queue.size === 0 && this.#queues.get(lane.model)?.every(({ size }) => size === 0) === true) {
      this.#queues.delete(lane.model)
    }
  }

  /** To be called when what the key depends on has changed in a flow: its counter, its commitments, its turn. */
  moved(share: Share): void {
    for (const lane of share.lanes.values()) {
      const queue = this.#queue(lane.model, RANK[share.class])
      queue.delete(lane)
      this.#insert(queue, lane)
    }
  }

  /** The first lane of a class for a model. */
  first(model: string, rank: number): Lane | null {
    return this.#queues.get(model)?.[rank]?.first ?? null
  }

  /** The first lane for this model, of the highest class that has one. */
  best(model: string): Lane | null {
    for (let rank = 0; rank < CLASSES.length; rank += 1) {
      const lane = this.first(model, rank)
      if (lane) return lane
    }
    return null
  }

  /** The first lane of the highest class that has one, for another model than this one. With a rank, only of that class. */
  bestOther(model: string | null, only?: number): Lane | null {
    const none = this.#queues.size === 0 || (this.#queues.size === 1 && model !== null && this.#queues.has(model))
    if (none) return null
    for (let rank = only ?? 0; rank <= (only ?? CLASSES.length - 1); rank += 1) {
      let best: Lane | null = null
      for (const [other, queues] of this.#queues) {
        const lane = other === model ? null : (queues[rank]?.first ?? null)
        if (lane && (!best || compareKeys(lane.key, best.key) < 0)) best = lane
      }
      if (best) return best
    }
    return null
  }

  /** Least counter of a class among those that wait for a model, or with null for any; Infinity without any. */
  least(model: string | null, rank: number): number {
    let least = Infinity
    for (const [name, queues] of this.#queues) {
      if (model === null || name === model) least = Math.min(least, queues[rank]?.first?.share.counter ?? Infinity)
    }
    return least
  }

  /** How many go before it as things stand: all of higher classes, and of its own those flows whose turn comes sooner. */
  ahead(entry: Entry): number {
    const { lane } = entry
    const own = rankOf(entry)
    let count = 0
    for (let rank = 0; rank < own; rank += 1) count += this.#counts[rank] ?? 0
    if (!lane) return count
    for (const queues of this.#queues.values()) count += queues[own]?.before(lane) ?? 0
    return count + lane.entries.before(entry)
  }

  #insert(queue: Queue, lane: Lane): void {
    const head = lane.entries.first
    if (!head) return
    lane.key = this.#ordering.key(head, lane.share.committed)
    queue.add(lane)
  }

  #count(entry: Entry, by: number): void {
    const rank = rankOf(entry)
    this.#counts[rank] = (this.#counts[rank] ?? 0) + by
  }

  #queue(model: string, rank: number): Queue {
    const known = this.#queues.get(model)
    const queues =
      known ?? CLASSES.map(() => new OrderedSet<Lane>((one, other) => compareKeys(one.key, other.key), this.#random))
    if (!known) this.#queues.set(model, queues)
    const queue = queues[rank]
    if (!queue) throw new RangeError(`There is no class ${rank}.`)
    return queue
  }
}

/** Jobs that want a slot have a model. */
const modelOf = ({ job }: Entry): string => job.model ?? ''
