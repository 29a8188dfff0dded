/**
 * Who may use one engine next: first come, first served, over the engine's slots. A pure state machine: events in,
 * `decide` says what to do, whoever drives it (engines/supervisor.ts) does it and reports back. The scheduler proper
 * replaces this file behind the same questions.
 *
 * Invariants:
 * 1. `running` never holds more tickets than `slots`.
 * 2. `waiting` is in the order of ticket numbers, and nothing starts before an older ticket that waits.
 * 3. The model changes only while nothing runs: answers in flight finish first.
 * 4. A load that nobody waits for any more does not hold up those who wait for something else.
 */

export interface Ticket {
  /** Unique. A ticket taken again after a lost engine gets a new id. */
  readonly id: number
  /** Place in the line. A ticket taken again keeps its number, and so its place. */
  readonly number: number
  /** The model it needs; null asks for the engine to be empty. */
  readonly model: string | null
  /** True to write an answer; false only to have the model loaded (or unloaded). */
  readonly slot: boolean
}

export interface SlotState {
  /** The model in the engine; null when it holds none or there is no engine. */
  readonly loaded: string | null
  /** Answers the loaded model can write at once; 0 when none is loaded. */
  readonly slots: number
  /** What is being brought about now, and cannot be waited for by anybody else. */
  readonly changing: { readonly to: string | null } | null
  /** Model to bring back though nobody waits for it: it was ready when its engine was lost. */
  readonly wanted: string | null
  readonly running: readonly Ticket[]
  readonly waiting: readonly Ticket[]
}

export const emptySlots: SlotState = {
  loaded: null,
  slots: 0,
  changing: null,
  wanted: null,
  running: [],
  waiting: [],
}

export type SlotDecision =
  | { do: 'start'; ticket: Ticket }
  /** Load this model; with null, empty the engine. Nothing runs. */
  | { do: 'change'; to: string | null }
  /** Give up the change under way: nobody waits for it, and somebody waits for something else. */
  | { do: 'abandon' }
  | { do: 'nothing' }

const NOTHING: SlotDecision = { do: 'nothing' }

/** What to do next. Ask again after doing it, until the answer is `nothing`. */
export function decide(state: SlotState): SlotDecision {
  const head = state.waiting[0]
  if (state.changing) {
    const { to } = state.changing
    return head && !state.waiting.some((ticket) => ticket.model === to) ? { do: 'abandon' } : NOTHING
  }
  if (!head) {
    const revive = state.wanted !== null && state.loaded === null && state.running.length === 0
    return revive ? { do: 'change', to: state.wanted } : NOTHING
  }
  if (head.model === state.loaded) {
    const free = !head.slot || state.running.length < state.slots
    return free ? { do: 'start', ticket: head } : NOTHING
  }
  return state.running.length === 0 ? { do: 'change', to: head.model } : NOTHING
}

/** A new ticket, or one taken again, stands in line by its number. */
export function requested(state: SlotState, ticket: Ticket): SlotState {
  const waiting = [...state.waiting, ticket].sort((one, other) => one.number - other.number)
  return { ...state, waiting }
}

/** The ticket `decide` named leaves the line; one with a slot runs from here to `released`. */
export function started(state: SlotState, ticket: Ticket): SlotState {
  return {
    ...state,
    waiting: state.waiting.filter(({ id }) => id !== ticket.id),
    running: ticket.slot ? [...state.running, ticket] : state.running,
  }
}

/** Done, or no longer wanted. Does nothing for a ticket that is neither waiting nor running. */
export function released(state: SlotState, ticket: Ticket): SlotState {
  const others = ({ id }: Ticket) => id !== ticket.id
  return { ...state, waiting: state.waiting.filter(others), running: state.running.filter(others) }
}

/** The change `decide` asked for has begun; until it ends the engine holds nothing. */
export function changing(state: SlotState, to: string | null): SlotState {
  return { ...state, loaded: null, slots: 0, changing: { to }, wanted: null }
}

/** The change is over: `loaded` says what the engine holds now, null also when the change failed. */
export function changed(state: SlotState, loaded: string | null, slots: number): SlotState {
  return { ...state, loaded, slots: loaded === null ? 0 : slots, changing: null }
}

/** The engine is gone with all that ran on it; those answers come back with tickets of the same number. */
export function lost(state: SlotState, wanted: string | null): SlotState {
  return { ...state, loaded: null, slots: 0, running: [], wanted }
}

/** How many wait before this ticket; null when it does not wait. */
export function ahead(state: SlotState, ticket: Ticket): number | null {
  const index = state.waiting.findIndex(({ id }) => id === ticket.id)
  return index < 0 ? null : index
}
