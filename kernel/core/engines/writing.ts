/**
 * Those who write on one engine: gives them their turns, passes on what they write, and takes a turn back only when the
 * engine has stopped writing in it.
 */
import { HearthError } from '../../abi/index.ts'
import type { EngineKind } from '../../abi/index.ts'
import { ENGINE_STOP_MS, LLAMA_BATCH_TOKENS } from '../param.ts'
import type { Clock } from '../platform.ts'
import type { Service } from '../scheduler/job.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import { ActiveTurn } from './active-turn.ts'
import type { TurnOwner } from './active-turn.ts'
import type { Activity } from './activity.ts'
import { Alarm } from './alarm.ts'
import type { EngineHost, Life } from './engine-host.ts'
import type { LoadedModel } from './engine.ts'
import type { Member } from './member.ts'
import type { RateStore } from './rate-store.ts'
import type { TurnEnd } from './turn.ts'

export interface WritingOptions {
  kind: EngineKind
  clock: Clock
  scheduler: Scheduler
  host: EngineHost
  rates: RateStore
  activity: Activity
  member: (id: number) => Member | undefined
  /** It has stopped, and goes on or not (`goesOn`). */
  onStopped: (member: Member, turn: ActiveTurn) => void
  /** Tokens were written: it may be somebody else's turn. */
  onServed: () => void
  onProof: () => void
}

export class Writing implements TurnOwner, Disposable {
  readonly #options: WritingOptions
  /** Longest first. */
  readonly #members = new Set<Member>()
  /** Turns that are given back, and until when (monotonic, in ms) their engine has to have stopped. */
  readonly #stopping = new Map<ActiveTurn, number>()
  readonly #alarm: Alarm

  constructor(options: WritingOptions) {
    this.#options = options
    this.#alarm = new Alarm(options.clock, () => this.#hurry())
  }

  get size(): number {
    return this.#members.size
  }
  /** Longest first. */
  get members(): ReadonlySet<Member> {
    return this.#members
  }

  begin(member: Member, slot: number, life: Life, model: LoadedModel): ActiveTurn {
    const { kind, activity, clock } = this.#options
    const by = member.request?.by
    const slice = activity.timeline.begin({
      ...{
        engine: kind,
        slot,
        job: by?.id ?? '',
        run: by?.run ?? null,
        agent: by?.agent ?? null,
        name: by?.name ?? '',
      },
      ...{ class: by?.attributes.class ?? 'interactive', model: member.model ?? '' },
    })
    if (member.turns === 0) activity.samples.started(clock.monotonic() - member.since)
    member.turns += 1
    member.taken = false
    member.turn = new ActiveTurn(this, { job: member.id, slice, life, model })
    this.#members.add(member)
    member.request?.onSlot?.(true)
    return member.turn
  }

  /** It writes no more. The scheduler is the caller's to tell. */
  end(member: Member, ended: TurnEnd): void {
    const { turn } = member
    if (!turn) return
    member.turn = null
    this.#members.delete(member)
    member.request?.onSlot?.(false)
    this.#options.activity.timeline.end(turn.slice, ended, ended === 'preempted' ? turn.preemptedBy : null)
    if (ended === 'preempted') this.#options.activity.samples.preempted()
    if (member.model !== null) this.#options.rates.keep(member.model)
  }

  served(turn: ActiveTurn, service: Service): void {
    const member = this.#of(turn)
    if (!member) return
    const { activity, clock, scheduler } = this.#options
    const now = clock.monotonic()
    if (service.decoded > 0) {
      turn.wrote(now)
      if (!member.begun) activity.samples.firstToken(now - member.since)
      member.begun = true
      member.completionTokens += service.decoded
      activity.timeline.count(turn.slice, service.decoded)
      activity.count(member.request?.by.flow ?? '', service.decoded)
    }
    scheduler.served(member.id, service, now)
    this.#options.onServed()
  }

  read(turn: ActiveTurn, promptTokens: number, cachedTokens: number, ms: number | null): void {
    const member = this.#of(turn)
    if (!member) return
    const prefilled = Math.max(0, promptTokens - cachedTokens)
    if (member.turns === 1) member.promptTokens = promptTokens
    if (member.model !== null) this.#options.rates.prefilled(member.model, prefilled, ms)
    this.served(turn, { prefilled, decoded: 0 })
  }

  condemn(turn: ActiveTurn, error: HearthError): void {
    this.#options.host.lose(turn.life, error)
  }

  prove(): void {
    this.#options.onProof()
  }

  async release(turn: ActiveTurn, stopped: Promise<unknown>): Promise<void> {
    const late = this.#options.clock.monotonic() + this.#patience(turn)
    this.#stopping.set(turn, late)
    this.#alarm.set(late)
    await stopped.catch(() => {})
    this.#stopping.delete(turn)
    const member = this.#of(turn)
    // Else the engine was lost meanwhile, and whoever noticed has dealt with it.
    if (!member) return
    this.end(member, turn.ended ?? 'finished')
    this.#options.onStopped(member, turn)
  }

  [Symbol.dispose](): void {
    this.#alarm[Symbol.dispose]()
  }

  /** Gives up an engine that has not stopped in time: its slot would never be free again. */
  #hurry(): void {
    const { clock, kind, host } = this.#options
    let next: number | null = null
    for (const [turn, late] of [...this.#stopping]) {
      if (late > clock.monotonic()) {
        next = Math.min(next ?? Infinity, late)
        continue
      }
      this.#stopping.delete(turn)
      const reason = `it did not stop within ${Math.round(this.#patience(turn) / 1000)} s`
      const message = 'The engine hangs and is started again.'
      host.lose(turn.life, new HearthError('engine-lost', message, { engine: kind, reason }))
    }
    this.#alarm.set(next)
  }

  /** Milliseconds an engine has to stop: it cannot within a batch of the prompt, which a slow one reads for long. */
  #patience(turn: ActiveTurn): number {
    const model = this.#of(turn)?.model
    const { prefillRate } = model ? this.#options.scheduler.rates(model) : { prefillRate: null }
    return Math.max(ENGINE_STOP_MS, prefillRate ? (2 * LLAMA_BATCH_TOKENS) / prefillRate : 0)
  }

  #of(turn: ActiveTurn): Member | undefined {
    const member = this.#options.member(turn.job)
    return member?.turn === turn ? member : undefined
  }
}
