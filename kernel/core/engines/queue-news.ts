/** What those who wait are told: at once why they wait, and now and then how far they have come. */
import type { Clock } from '../platform.ts'
import { QUEUE_NEWS_MS, QUEUE_NEWS_PLACES } from '../param.ts'
import { Alarm } from './alarm.ts'
import type { Member } from './member.ts'
import type { WaitStatus } from './turn.ts'

export class QueueNews implements Disposable {
  readonly #clock: Clock
  readonly #members: ReadonlyMap<number, Member>
  readonly #statusOf: (member: Member) => WaitStatus
  readonly #alarm: Alarm

  constructor(clock: Clock, members: ReadonlyMap<number, Member>, statusOf: (member: Member) => WaitStatus) {
    this.#clock = clock
    this.#members = members
    this.#statusOf = statusOf
    this.#alarm = new Alarm(clock, () => this.tellAll())
  }

  /** The line has moved: those in it are told soon. */
  moved(anybodyWaits: boolean): void {
    this.#alarm.set(anybodyWaits ? this.#clock.monotonic() + QUEUE_NEWS_MS : null)
  }

  tellAll(): void {
    for (const member of this.#members.values()) this.tell(member)
  }

  tell(member: Member): void {
    if (!member.waiter) return
    const status = this.#statusOf(member)
    if (!isNews(member.told, status)) return
    member.told = status
    member.waiter.onStatus(status)
  }

  [Symbol.dispose](): void {
    this.#alarm[Symbol.dispose]()
  }
}

function isNews(told: WaitStatus | null, now: WaitStatus): boolean {
  if (told?.kind !== now.kind) return true
  if (told.kind === 'queued' && now.kind === 'queued') {
    const moved = Math.abs(now.ahead - told.ahead)
    return moved > 0 && (now.ahead <= QUEUE_NEWS_PLACES || moved * 10 >= told.ahead)
  }
  return 'reason' in told && 'reason' in now && told.reason !== now.reason
}
