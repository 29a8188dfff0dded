/**
 * Cuts an answer, as it grows, into text that is safe to show and complete tool calls. Holds back what may still become a
 * `<tool_call>` or a stop string. A pure state machine.
 */
import type { EngineToolCall } from '../../core/engines/engine.ts'

const OPEN = '<tool_call>'
const CLOSE = '</tool_call>'

export type Piece = { text: string; tokens: number } | { call: EngineToolCall }

export interface Splitter {
  /** Adds what the model wrote. @param tokens how many tokens that was */
  push(text: string, tokens: number): Piece[]
  /** What was held back. @param cut whether the token limit ended the answer: a half call is then left out */
  end(cut: boolean): Piece[]
  /** True once a stop string was found; nothing more comes out. */
  readonly stopped: boolean
}

export interface SplitterOptions {
  /** Whether calls are looked for at all. */
  readonly tools: boolean
  readonly stop: readonly string[]
  readonly newId: () => string
}

export function createSplitter({ tools, stop, newId }: SplitterOptions): Splitter {
  const marks = tools ? [...stop, OPEN] : [...stop]
  let held = ''
  let heldTokens = 0
  let called = false
  let stopped = false

  function takeText(units: number): Piece[] {
    const text = held.slice(0, units)
    held = held.slice(units)
    // The line breaks around calls are part of the format.
    if (text === '' || (called && text.trim() === '')) return []
    const tokens = heldTokens
    heldTokens = 0
    return [{ text, tokens }]
  }

  function takeCall(units: number, end: number): Piece[] {
    const call = parseCall(held.slice(OPEN.length, units), newId)
    if (!call) return takeText(end)
    held = held.slice(end)
    heldTokens = 0
    called = true
    return [{ call }]
  }

  function split(ended: boolean): Piece[] {
    const pieces: Piece[] = []
    while (!stopped) {
      const first = firstOf(held, marks)
      if (!first) {
        pieces.push(...takeText(held.length - (ended ? 0 : undecided(held, marks))))
        break
      }
      pieces.push(...takeText(first.at))
      if (first.mark !== OPEN) {
        stopped = true
        break
      }
      const close = held.indexOf(CLOSE)
      if (close < 0) break
      pieces.push(...takeCall(close, close + CLOSE.length))
    }
    return pieces
  }

  return {
    get stopped() {
      return stopped
    },
    push(text, tokens) {
      held += text
      heldTokens += tokens
      return split(false)
    },
    end(cut) {
      const pieces = split(true)
      if (stopped || held === '') return pieces
      // Some models end their turn without closing the tag.
      if (!cut) return [...pieces, ...takeCall(held.length, held.length)]
      return pieces
    },
  }
}

/** The first of `marks` in `text`. */
function firstOf(text: string, marks: readonly string[]): { mark: string; at: number } | undefined {
  const found = marks.map((mark) => ({ mark, at: text.indexOf(mark) })).filter(({ at }) => at >= 0)
  return found.sort((one, other) => one.at - other.at)[0]
}

/** Length of the longest end of `text` that begins one of `marks`. */
function undecided(text: string, marks: readonly string[]): number {
  let longest = 0
  for (const mark of marks) {
    for (let length = Math.min(mark.length - 1, text.length); length > longest; length--) {
      if (mark.startsWith(text.slice(-length))) longest = length
    }
  }
  return longest
}

/** Undefined when it is not a call after all; it is then text. */
function parseCall(json: string, newId: () => string): EngineToolCall | undefined {
  try {
    const parsed: unknown = JSON.parse(json)
    if (typeof parsed !== 'object' || parsed === null || !('name' in parsed)) return undefined
    const { name } = parsed
    if (typeof name !== 'string' || name === '') return undefined
    const given: unknown = 'arguments' in parsed ? parsed.arguments : {}
    return { id: newId(), name, arguments: typeof given === 'string' ? given : JSON.stringify(given) }
  } catch {
    return undefined
  }
}
