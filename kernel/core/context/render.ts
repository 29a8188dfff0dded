/**
 * Turns the make-up of a window into the messages an engine reads. The same make-up and turns give the same messages,
 * which is what lets a later kernel continue an answer. What is missing from within an exchange is said in a note, and the
 * roles stay in the order that chat templates insist on. Pure.
 */
import type { Turn } from '../../abi/index.ts'
import type { EngineMessage } from '../engines/engine.ts'
import type { WindowRecord } from '../storage/records.ts'
import { messageOf } from './messages.ts'

export const LEFT_OUT_BEFORE = '[Earlier messages were left out: the window is full.]'
export const LEFT_OUT_AFTER = '[What followed was left out: the window is full.]'
export const SHORTENED = '"[left out: the window is full]"'
/** Marks what was said earlier and is shown again for the question after it. */
export const QUOTED = '[Said earlier in this conversation]'

export interface Rendered {
  readonly message: EngineMessage
  /** The turn it shows; null for a note. */
  readonly turn: Turn | null
}

/**
 * @param turnsOf all turns from one index to another, both included
 * @param leads what stands before questions, by their turn's index
 */
export function render(
  window: Pick<WindowRecord, 'shown' | 'shortened'>,
  turnsOf: (from: number, to: number) => readonly Turn[],
  leads: ReadonlyMap<number, string> = new Map(),
): Rendered[] {
  const shortened = new Set(window.shortened)
  const shown: Rendered[] = []
  for (const { from, to, quoted } of window.shown) {
    const turns = turnsOf(from, to)
    const [first] = turns
    if (!first) continue
    bridge(shown, first, quoted === true)
    for (const turn of turns) {
      const message = shortened.has(turn.index) ? { ...messageOf(turn), content: SHORTENED } : messageOf(turn)
      if (quoted) shown.push({ message: turn === first ? marked(message) : message, turn })
      else shown.push({ message: led(message, leads.get(turn.index) ?? ''), turn })
    }
  }
  return shown
}

/** Says between two stretches what is missing. */
function bridge(shown: Rendered[], next: Turn, quoted: boolean): void {
  const last = shown.at(-1)
  if (next.role === 'user') {
    // A result that nobody answered, as the model sees it.
    if (last?.message.role === 'tool') shown.push(note('assistant', LEFT_OUT_AFTER))
  } else if (last?.message.role === 'tool' && !quoted) {
    shown[shown.length - 1] = {
      ...last,
      message: { ...last.message, content: `${last.message.content}\n${LEFT_OUT_AFTER}` },
    }
  } else {
    shown.push(note('user', quoted ? `${QUOTED} ${LEFT_OUT_BEFORE}` : LEFT_OUT_BEFORE))
  }
}

const marked = (message: EngineMessage): EngineMessage =>
  message.role === 'user' ? { ...message, content: `${QUOTED}\n${message.content}` } : message

const led = (message: EngineMessage, lead: string): EngineMessage =>
  lead === '' ? message : { ...message, content: `${lead}\n${message.content}` }

const note = (role: 'user' | 'assistant', content: string): Rendered => ({ message: { role, content }, turn: null })
