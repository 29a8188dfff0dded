/**
 * Which conversations the engine still holds the KV cache of, as far as one can tell from outside: those being written, and
 * the ones that stopped last. A preempted job is warm by itself; a flow is, when its last answer ended, for its next one.
 */
import type { Entry } from './entry.ts'

export class Warmth {
  /** The one that stopped longest ago first. */
  readonly #kept = new Set<string>()
  #room = 0

  /** @param room conversations besides those being written (LoadedModel.retains) */
  reset(room: number): void {
    this.#kept.clear()
    this.#room = room
  }

  has(entry: Entry): boolean {
    if (entry.slice) return true
    return this.#kept.has(jobKey(entry)) || (entry.written === 0 && this.#kept.has(flowKey(entry)))
  }

  started(entry: Entry): void {
    this.#kept.delete(jobKey(entry))
    this.#kept.delete(flowKey(entry))
  }

  /** @param ended true when it is done, false when it goes on later */
  stopped(entry: Entry, ended: boolean): void {
    this.#kept.add(ended ? flowKey(entry) : jobKey(entry))
    for (const oldest of this.#kept) {
      if (this.#kept.size <= this.#room) return
      this.#kept.delete(oldest)
    }
  }
}

const jobKey = ({ job }: Entry): string => `job ${job.id}`
const flowKey = ({ job }: Entry): string => `flow ${job.flow}`
