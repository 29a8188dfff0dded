/**
 * When memory is tidied up: by itself once nobody has wanted tokens for a while, or when a person says so; one pass at a time.
 * By itself it gives way at once to anybody who wants tokens, and begins anew later. Its last report is kept.
 */
import { HearthError, toWire } from '../../../abi/index.ts'
import { ConsolidationReport } from '../../../abi/syscalls/memory.ts'
import type { AtomicOutcome } from '../../call.ts'
import { whenAborted } from '../../engines/abortable.ts'
import type { KernelEvents } from '../../events.ts'
import type { Platform } from '../../platform.ts'
import type { MemoryService } from '../service.ts'
import { CONSOLIDATION_EVERY_MS, CONSOLIDATION_IDLE_MS, CONSOLIDATION_LEAST } from './param.ts'
import { otherWork, pass } from './pass.ts'
import { Summariser } from './summariser.ts'
import type { ConsolidationModels, Everything } from './summariser.ts'

export interface ConsolidationDeps {
  readonly platform: Pick<Platform, 'clock' | 'random' | 'database'>
  readonly events: KernelEvents
  readonly memory: Pick<MemoryService, 'parts'>
  readonly models: ConsolidationModels
  readonly everything: Everything
}

const ENABLED = 'consolidation'
const REPORT = 'consolidation-report'

export class Consolidation {
  readonly #deps: ConsolidationDeps
  readonly #life: AbortSignal
  readonly #summariser: Summariser
  readonly #hopeless = new Set<string>()
  #enabled: boolean
  #last: ConsolidationReport | null
  #running: { readonly byItself: boolean; readonly ended: Promise<ConsolidationReport> } | null = null
  /** Ends a pass that runs by itself. */
  #yield: AbortController | null = null
  /** Monotonic ms at which somebody last began, ended or waited for an answer. */
  #activeAt: number

  private constructor(
    deps: ConsolidationDeps,
    life: AbortSignal,
    stored: { enabled: boolean; last: ConsolidationReport | null },
  ) {
    this.#deps = deps
    this.#life = life
    const { models, everything, platform } = deps
    this.#summariser = new Summariser({ models, everything, random: platform.random })
    this.#enabled = stored.enabled
    this.#last = stored.last
    this.#activeAt = platform.clock.monotonic()
  }

  /** @param life ends it @throws HearthError `storage-failed` */
  static async open(deps: ConsolidationDeps, life: AbortSignal): Promise<Consolidation> {
    const { database } = deps.platform
    const [enabled, report] = await Promise.all([database.get('meta', ENABLED), database.get('meta', REPORT)])
    return new Consolidation(deps, life, { enabled: enabled?.value !== 0, last: reportIn(report?.value) })
  }

  state(): { enabled: boolean; last: ConsolidationReport | null } {
    return { enabled: this.#enabled, last: this.#last }
  }

  configure(consolidation: boolean): AtomicOutcome<Record<string, never>> {
    return {
      result: {},
      writes: [{ op: 'put', store: 'meta', value: { name: ENABLED, value: consolidation ? 1 : 0 } }],
      after: () => {
        this.#enabled = consolidation
        if (!consolidation) this.#yield?.abort(otherWork())
      },
    }
  }

  /** A pass that a person asked for. One that runs already will do, unless it gives up. */
  async now(signal: AbortSignal): Promise<ConsolidationReport> {
    while (this.#running) {
      const { byItself, ended } = this.#running
      const report = await ended
      if (!byItself || report.state === 'done') return report
      signal.throwIfAborted()
    }
    return this.#begin(signal, false)
  }

  /** Looks, until the kernel ends, whether it is time. */
  async tend(): Promise<never> {
    const { clock } = this.#deps.platform
    const listening = this.#deps.models.onLoad((load) => this.#onLoad(load.running + load.waiting))
    const paused = this.#deps.everything.subscribe(() => this.#deps.everything.on && this.#yield?.abort(otherWork()))
    try {
      for (;;) {
        await clock.sleep(CONSOLIDATION_IDLE_MS, this.#life)
        if (!this.#running && (await this.#isTime().catch(() => false))) await this.#begin(this.#life, true)
      }
    } finally {
      listening[Symbol.dispose]()
      paused[Symbol.dispose]()
    }
  }

  #onLoad(jobs: number): void {
    this.#activeAt = this.#deps.platform.clock.monotonic()
    if (jobs > this.#summariser.own) this.#yield?.abort(otherWork())
  }

  async #isTime(): Promise<boolean> {
    const { platform, models, everything } = this.#deps
    const { clock, database } = platform
    const { running, waiting } = models.stats()
    if (!this.#enabled || everything.on || running + waiting > 0) return false
    if (clock.monotonic() - this.#activeAt < CONSOLIDATION_IDLE_MS) return false
    const { state, endedAt } = this.#last ?? {}
    const rests = state === 'done' || state === 'failed'
    if (rests && clock.now() - (endedAt ?? 0) < CONSOLIDATION_EVERY_MS) return false
    return (await database.count('memories')) >= CONSOLIDATION_LEAST
  }

  #begin(signal: AbortSignal, byItself: boolean): Promise<ConsolidationReport> {
    const ending = new AbortController()
    const stop = whenAborted([signal, this.#life], (reason) => ending.abort(reason))
    if (byItself) this.#yield = ending
    const ended = this.#pass(ending.signal).finally(() => {
      stop()
      this.#running = null
      this.#yield = null
    })
    this.#running = { byItself, ended }
    return ended
  }

  async #pass(signal: AbortSignal): Promise<ConsolidationReport> {
    const { platform, memory, events } = this.#deps
    const { clock } = platform
    const nothing = { read: 0, merged: 0, summarised: 0, expired: 0, note: null }
    const report: ConsolidationReport = { startedAt: clock.now(), endedAt: null, state: 'running', ...nothing }
    this.#last = report
    try {
      await this.#save(report)
      const parts = await memory.parts()
      await pass({ parts, summariser: this.#summariser, hopeless: this.#hopeless }, report, signal)
      report.state = 'done'
    } catch (error) {
      // A person may have stopped everything.
      report.state = signal.aborted || HearthError.is(error, 'cancelled') ? 'interrupted' : 'failed'
      report.note = toWire(error).message
    }
    report.endedAt = clock.now()
    // When it cannot be stored a later kernel says that it was interrupted; everything it did is stored.
    await this.#save(report).catch(() => {})
    events.publish({ type: 'memories' })
    return report
  }

  #save(report: ConsolidationReport): Promise<void> {
    const value = JSON.stringify(report)
    return this.#deps.platform.database.commit(
      [{ op: 'put', store: 'meta', value: { name: REPORT, value } }],
      'relaxed',
    )
  }
}

function reportIn(value: unknown): ConsolidationReport | null {
  if (typeof value !== 'string') return null
  const { data } = ConsolidationReport.safeParse(JSON.parse(value))
  if (!data) return null
  const note = 'Hearth was closed meanwhile. What was done until then is kept.'
  return data.state === 'running' ? { ...data, state: 'interrupted', note } : data
}
