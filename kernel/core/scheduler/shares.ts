/**
 * Virtual token counters: what each flow was served in a class, divided by its weight. Who has the least goes first (the
 * Virtual Token Counter of Sheng et al., "Fairness in Serving Large Language Models", OSDI 2024).
 *
 * A flow that comes back from having nothing to do is lifted to the least counter among those that had, so that idling earns
 * nothing. Other than in the paper it keeps what it was owed when it left, and what came about while it was away for a moment
 * only, up to a bound: an agent that asks anew after every answer is always just leaving, and so are those it is compared
 * with, so that it would lose the share its weight gives it.
 */
import type { SchedulingClass } from '../../abi/index.ts'
import { FLOW_KEPT_MS } from '../param.ts'
import { CLASSES } from './entry.ts'
import type { Lane, Share } from './entry.ts'
import { AWAY_MS, AWAY_TOKENS } from './param.ts'

/** Shares looked through for old ones each time as many as this have gone idle. */
const SWEEP_EVERY = 256

export class Shares {
  readonly #flows = new Map(CLASSES.map((name) => [name, new Map<string, Share>()]))
  /** Counter of the flow that left a class last: where one begins that finds nobody there. */
  readonly #lastLeft = new Map(CLASSES.map((name) => [name, 0]))
  #turns = 0
  #wentIdle = 0

  of(flow: string, name: SchedulingClass): Share {
    const flows = this.#flows.get(name)
    const known = flows?.get(flow)
    if (known) return known
    const share: Share = {
      ...{ flow, class: name, counter: 0, committed: 0, jobs: 0, turn: 0 },
      ...{ idle: null, lanes: new Map<string, Lane>() },
    }
    flows?.set(flow, share)
    return share
  }

  /** One more job of this flow, of this weight, wants tokens. `least` is the least counter of the others that do, Infinity without any. */
  join(share: Share, weight: number, least: number, now: number): void {
    share.jobs += 1
    if (share.jobs > 1) return
    const floor = least < Infinity ? least : (this.#lastLeft.get(share.class) ?? 0)
    const wasAway = share.idle !== null && now - share.idle.since <= AWAY_MS
    const owed = Math.max(share.idle?.owed ?? 0, wasAway ? AWAY_TOKENS / weight : 0)
    share.counter = Math.max(share.counter, floor - owed)
    share.idle = null
    this.toBack(share)
  }

  /** One job less. `least` is the least counter of the others that want tokens, Infinity without any. */
  leave(share: Share, least: number, now: number): void {
    share.jobs -= 1
    if (share.jobs > 0) return
    const owed = least < Infinity ? Math.max(0, least - share.counter) : 0
    share.idle = { since: now, owed }
    this.#lastLeft.set(share.class, share.counter)
    this.#wentIdle += 1
    if (this.#wentIdle >= SWEEP_EVERY) this.#sweep(now)
  }

  /** To the end of the ring. Its lanes must be placed anew after it. */
  toBack(share: Share): void {
    share.turn = ++this.#turns
  }

  #sweep(now: number): void {
    let kept = 0
    for (const flows of this.#flows.values()) {
      for (const [flow, { idle }] of flows) {
        if (idle && now - idle.since > FLOW_KEPT_MS) flows.delete(flow)
        else if (idle) kept += 1
      }
    }
    // Looking again before as many went idle as are kept would cost more than it frees.
    this.#wentIdle = -kept
  }
}
