/**
 * A run while it happens: what its events add up to. Text is gathered and shown at most once a frame, so that a fast
 * model cannot outrun the screen. Events may come twice, from two calls; `seq` tells.
 */
import type { RunEvent, ToolCall, ToolOutcome, Turn } from '../../../sdk/index.ts'
import type { Marker } from './conversation-items.ts'

export class LiveRound {
  text = $state('')
  calls = $state.raw<readonly ToolCall[]>([])
  markers = $state.raw<readonly Marker[]>([])
}

/** Milliseconds after which text is shown although the page gets no frames, as in a hidden tab. */
const UNSEEN_MS = 250

export class LiveRun {
  readonly id: string
  rounds = $state.raw<readonly LiveRound[]>([])
  outcomes = $state.raw<Readonly<Record<string, ToolOutcome>>>({})
  ended = $state(false)
  #lastSeq = -1
  #buffer = ''
  #frame: number | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #onTurn: (turn: Turn) => void

  constructor(id: string, onTurn: (turn: Turn) => void) {
    this.id = id
    this.#onTurn = onTurn
  }

  take(event: RunEvent): void {
    if (event.seq <= this.#lastSeq) return
    this.#lastSeq = event.seq
    switch (event.type) {
      case 'started':
        this.#onTurn(event.turn)
        break
      case 'text':
        this.#round(event.round)
        this.#buffer = this.#buffer.slice(0, event.offset) + event.text
        this.#schedule()
        break
      case 'tool-call': {
        const round = this.#round(event.round)
        round.calls = [...round.calls.filter(({ id }) => id !== event.call.id), event.call]
        break
      }
      case 'tool-result':
        this.outcomes = { ...this.outcomes, [event.outcome.call]: event.outcome }
        break
      case 'turn':
        this.#flush()
        if (event.turn.role === 'assistant') this.#buffer = ''
        this.#onTurn(event.turn)
        break
      case 'paused':
        this.#mark({ kind: 'paused', text: event.reason, by: event.by, at: event.at })
        break
      case 'resumed':
        this.#mark({ kind: 'resumed', text: event.from, at: event.at })
        break
      case 'queued':
      case 'undecided':
        // The run itself says so, too, and for longer.
        break
      case 'done':
        this.#flush()
        this.ended = true
        break
    }
  }

  /** Rounds count from 1; text of a new one starts afresh. */
  #round(number: number): LiveRound {
    while (this.rounds.length < number) {
      this.#flush()
      this.#buffer = ''
      this.rounds = [...this.rounds, new LiveRound()]
    }
    const round = this.rounds[number - 1] ?? this.rounds.at(-1)
    return round ?? new LiveRound()
  }

  #mark(marker: Omit<Marker, 'offset'>): void {
    const round = this.rounds.at(-1) ?? this.#round(1)
    const last = round.markers.at(-1)
    if (last?.kind === marker.kind && last.text === marker.text) return
    round.markers = [...round.markers, { ...marker, offset: this.#buffer.length }]
  }

  #schedule(): void {
    this.#frame ??= requestAnimationFrame(() => this.#flush())
    this.#timer ??= setTimeout(() => this.#flush(), UNSEEN_MS)
  }

  #flush(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame)
    clearTimeout(this.#timer)
    this.#frame = this.#timer = undefined
    const round = this.rounds.at(-1)
    if (round && this.#buffer !== '') round.text = this.#buffer
  }

  [Symbol.dispose](): void {
    this.#flush()
  }
}
