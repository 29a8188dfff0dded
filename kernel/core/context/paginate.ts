/**
 * Cuts a conversation into pages: an exchange (a question and all that followed) is one, or several when it is longer than
 * PAGE_TOKENS. A cut is only ever before a model's message, so a tool's result never stands without its call. Pure, and the
 * same turns always give the same pages, however many at a time they come.
 */
import type { Turn } from '../../abi/index.ts'
import { PAGE_TOKENS, STUB_UNITS, TOKENS_PER_BYTE, TOKENS_PER_MESSAGE } from './param.ts'
import type { PageRecord } from '../storage/records.ts'
import { cutText } from '../tools/result.ts'
import { extentOf, messageOf } from './messages.ts'
import { standingIn } from './standing.ts'

/** The pages after one more turn: a new one at the end, or the last one with it added. */
export function addTurn(pages: readonly PageRecord[], turn: Turn): { page: PageRecord; opens: boolean } {
  const last = pages.at(-1)
  const { items, bytes } = extentOf([messageOf(turn)], [], () => undefined)
  const size = { items, bytes, counted: countedOf(turn) }
  if (!last || turn.role === 'user' || (turn.role === 'assistant' && isFull(last, size))) {
    return { page: firstOf(turn, size), opens: true }
  }
  const page: PageRecord = {
    ...last,
    to: turn.index,
    turns: last.turns + 1,
    items: last.items + items,
    bytes: last.bytes + bytes,
    counted: joined(last.counted, size.counted),
    trust: last.trust === 'trusted' ? trustOf(turn) : 'untrusted',
  }
  return { page, opens: false }
}

type Size = Pick<PageRecord, 'items' | 'bytes' | 'counted'>

function firstOf(turn: Turn, size: Size): PageRecord {
  return {
    ...{ id: `page-${turn.id}`, agent: turn.agent, from: turn.index, to: turn.index, turns: 1 },
    ...{ begins: turn.role === 'user', ...size, trust: trustOf(turn), stub: stubOf(turn) },
    ...{ state: 'in', pinned: false, held: false, faults: 0, usedAt: null, recalled: null, experience: null },
    ...{ standing: standingOf(turn), released: false, digest: null },
  }
}

/** Nobody but who the conversation is with may say what holds in it: another agent that asks may not. */
export const standingOf = ({ role, text, provenance }: Turn): string[] =>
  role === 'user' && provenance.principal.kind !== 'agent' ? standingIn(text) : []

/** By size alone, so that what a model was measured to take moves no boundary. */
const isFull = (page: Size, more: Size): boolean =>
  (page.items + more.items) * TOKENS_PER_MESSAGE + (page.bytes + more.bytes) * TOKENS_PER_BYTE > PAGE_TOKENS

/** A model's own count of what it wrote, and nothing else in that answer. */
function countedOf(turn: Turn): PageRecord['counted'] {
  const { model } = turn.provenance
  if (turn.role !== 'assistant' || turn.toolCalls.length > 0 || model === undefined || !turn.usage) return null
  const { bytes } = extentOf([messageOf(turn)], [], () => undefined)
  return { model, tokens: turn.usage.completionTokens, bytes }
}

/** Counts of one model add up; of two, the later one's are kept and the other's text is guessed. */
function joined(before: PageRecord['counted'], more: PageRecord['counted']): PageRecord['counted'] {
  if (before === null || more === null) return more ?? before
  if (before.model !== more.model) return more
  return { model: more.model, tokens: before.tokens + more.tokens, bytes: before.bytes + more.bytes }
}

/** Built-in tools elsewhere than in the sandbox and the kernel that answer with a word of the kernel's own, such as "saved". */
const ANSWER_DONE = new Set([
  ...['remember', 'forget', 'update_memory', 'edit_block', 'note_experience', 'shared_set'],
  ...['write_file', 'move_file', 'delete_file', 'restore_file'],
])

/**
 * A model's own words are the agent's; a question carries the label of who asked. So does a result; one without says nothing
 * that came from outside when it was made of the call's arguments alone. All others may.
 */
function trustOf({ role, provenance, outcome }: Turn): PageRecord['trust'] {
  if (role === 'assistant') return 'trusted'
  if (role === 'user') return provenance.trust
  if (provenance.source !== 'tool' || !outcome) return 'untrusted'
  if (outcome.provenance) return outcome.provenance.trust
  const { where, tool } = outcome
  return where === 'sandbox' || where === 'kernel' || ANSWER_DONE.has(tool) ? 'trusted' : 'untrusted'
}

function stubOf({ text, toolCalls }: Turn): string {
  const words = text.trim() === '' ? toolCalls.map(({ name }) => name).join(', ') : text
  return cutText(words.replace(/\s+/g, ' ').trim(), STUB_UNITS)
}
