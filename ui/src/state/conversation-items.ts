/** What a conversation shows, from what is stored and what is happening. Pure. */
import type { Run, ToolCall, ToolOutcome, Turn } from '../../../sdk/index.ts'
import { groupBy } from '../parts/group-by.ts'

/** Where the scheduler, a person or the engine made a break in an answer. */
export interface Marker {
  readonly kind: 'paused' | 'resumed'
  readonly text: string
  readonly by?: 'user' | 'scheduler' | 'engine' | undefined
  readonly at: number
  /** Length of the answer's text at that moment, in UTF-16 units. */
  readonly offset: number
}

export interface CallItem {
  readonly call: ToolCall
  readonly outcome: ToolOutcome | undefined
}

export interface RunError {
  readonly code: string
  readonly message: string
}

export type Item =
  | { kind: 'question'; key: string; text: string; turn: Turn | null }
  | {
      kind: 'answer'
      /** The run and the answer's number in it: the same while it is written and when it is stored. */
      key: string
      run: string
      text: string
      live: boolean
      calls: readonly CallItem[]
      markers: readonly Marker[]
      /** The one of its calls of which nobody knows whether it happened. */
      undecided: string | null
      turn: Turn | null
      /** True for the last answer of its run: the one that has the actions. */
      last: boolean
    }
  | { kind: 'error'; key: string; run: string; error: RunError }

export type AnswerItem = Extract<Item, { kind: 'answer' }>

/** The parts of a run in progress that are shown. */
export interface Happening {
  readonly id: string
  readonly ended: boolean
  readonly rounds: readonly { text: string; calls: readonly ToolCall[]; markers: readonly Marker[] }[]
  readonly outcomes: Readonly<Record<string, ToolOutcome>>
}

interface Sources {
  turns: readonly Turn[]
  happening: readonly Happening[]
  /** Questions not yet begun, oldest first. */
  asked: readonly { key: string; text: string }[]
  runs: ReadonlyMap<string, Run>
}

export function itemsOf({ turns, happening, asked, runs }: Sources): Item[] {
  const live = new Map(happening.map((run) => [run.id, run]))
  const outcomes = new Map<string, ToolOutcome>()
  for (const { outcomes: known } of happening) for (const one of Object.values(known)) outcomes.set(one.call, one)
  for (const { outcome } of turns) if (outcome) outcomes.set(outcome.call, outcome)
  const withOutcome = (calls: readonly ToolCall[]): CallItem[] =>
    calls.map((call) => ({ call, outcome: outcomes.get(call.id) }))

  const items: Item[] = []
  for (const [run, own] of groupBy(turns, (turn) => turn.run)) {
    const now = live.get(run)
    let round = 0
    for (const turn of own) {
      if (turn.role === 'user') items.push({ kind: 'question', key: turn.id, text: turn.text, turn })
      if (turn.role !== 'assistant') continue
      // Counted in a statement of its own: behind `?.` it would not count for a run that is over.
      const { markers = [] } = now?.rounds[round] ?? {}
      round++
      const calls = withOutcome(turn.toolCalls)
      items.push({ ...answer(run, round), text: turn.text, calls, markers, turn })
    }
    for (const writing of now && !now.ended ? now.rounds.slice(round) : []) {
      round++
      const { text, calls, markers } = writing
      items.push({ ...answer(run, round), text, calls: withOutcome(calls), markers, live: true })
    }
    // Between a question and its first word, and between a tool's result and the next answer.
    if (now && !now.ended && items.at(-1)?.kind !== 'answer') items.push({ ...answer(run, 1), live: true })
    const lastItem = items.at(-1)
    const known = runs.get(run)
    if (lastItem?.kind === 'answer') {
      const undecided = known?.undecided
      const calls = undecided ? withCall(lastItem.calls, undecided) : lastItem.calls
      const live = now !== undefined && !now.ended
      items[items.length - 1] = { ...lastItem, calls, undecided: undecided?.id ?? null, last: true, live }
    }
    const error = known?.error
    if (error) items.push({ kind: 'error', key: `${run}:error`, run, error })
  }
  for (const { key, text } of asked) items.push({ kind: 'question', key, text, turn: null })
  return items
}

function withCall(calls: readonly CallItem[], call: ToolCall): readonly CallItem[] {
  return calls.some((one) => one.call.id === call.id) ? calls : [...calls, { call, outcome: undefined }]
}

function answer(run: string, round: number): AnswerItem {
  const empty = { text: '', live: false, calls: [], markers: [], undecided: null, turn: null, last: false }
  return { kind: 'answer', key: `${run}:${round}`, run, ...empty }
}

/**
 * The turns after a reading of the history: the same objects where nothing changed, so that nothing is drawn again, and
 * those that came while it was being read.
 * @param known ids of the turns there were when the reading began.
 */
export function mergeTurns(shown: readonly Turn[], read: readonly Turn[], known: ReadonlySet<string>): Turn[] {
  const before = new Map(shown.map((turn) => [turn.id, turn]))
  const stored = read.map((turn) => {
    const same = before.get(turn.id)
    return same?.text === turn.text ? same : turn
  })
  const ids = new Set(read.map(({ id }) => id))
  return [...stored, ...shown.filter(({ id }) => !known.has(id) && !ids.has(id))]
}

export function idsOf(things: readonly { id: string }[]): ReadonlySet<string> {
  return new Set(things.map(({ id }) => id))
}
