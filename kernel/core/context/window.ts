/**
 * Chooses what of a conversation an engine sees: the instructions, then as many of the newest exchanges as fit. An
 * exchange is a user turn and everything until the next one; it is shown whole or not at all, so a tool's result never
 * stands without its call. The latest exchange is always shown; when only its tool results make it too long, the oldest
 * of them are replaced by a note. Pure; the guess of tokens comes from estimate.ts.
 */
import { HearthError, type Turn } from '../../abi/index.ts'
import type { EngineMessage, EngineTool } from '../engines/engine.ts'
import type { Extent } from './estimate.ts'
import { countOf, extentOf, messageOf } from './messages.ts'

export interface WindowRequest {
  /** Model id: what it wrote itself need not be guessed. */
  model: string
  instructions: string
  /** Oldest first. Turns before the ones given may exist; they count as left out. */
  turns: readonly Turn[]
  tools: readonly EngineTool[]
  /** Tokens the prompt may have: the model's window without the answer's share. */
  budgetTokens: number
  tokensOf: (extent: Extent) => number
}

export interface Window {
  messages: EngineMessage[]
  extent: Extent
  /** The guess for the whole prompt, tools included. */
  tokens: number
  /** Turns given that are not shown. */
  leftOut: number
}

/** @throws HearthError `context-overflow` when the latest exchange alone does not fit. */
export function assembleWindow(request: WindowRequest): Window {
  const { model, instructions, turns, tools, budgetTokens, tokensOf } = request
  const counts = new Map<EngineMessage, number>()
  const show = (turn: Turn): EngineMessage => {
    const message = messageOf(turn)
    const count = countOf(turn, model)
    if (count !== undefined) counts.set(message, count)
    return message
  }
  const extentWith = (messages: readonly EngineMessage[]): Extent => extentOf(messages, tools, (one) => counts.get(one))
  const system: EngineMessage[] = instructions === '' ? [] : [{ role: 'system', content: instructions }]
  const exchanges = exchangesOf(turns)
  let shown = (exchanges.pop() ?? []).map(show)
  let leftOut = 0

  const measure = (messages: readonly EngineMessage[]): number => tokensOf(extentWith([...system, ...messages]))
  if (measure(shown) > budgetTokens) shown = shorten(shown, (messages) => measure(messages) <= budgetTokens)
  const least = measure(shown)
  if (least > budgetTokens) {
    throw new HearthError(
      'context-overflow',
      `This message needs about ${least} tokens with its instructions and tools, and the model's window leaves ` +
        `${budgetTokens}. Nothing was lost; shorten it or choose a model with a larger window.`,
      { tokens: least, limitTokens: budgetTokens },
    )
  }

  for (let exchange = exchanges.pop(); exchange; exchange = exchanges.pop()) {
    const longer = [...exchange.map(show), ...shown]
    if (measure(longer) > budgetTokens) {
      leftOut = exchange.length + exchanges.reduce((count, { length }) => count + length, 0)
      break
    }
    shown = longer
  }
  const messages = [...system, ...shown]
  const extent = extentWith(messages)
  return { messages, extent, tokens: tokensOf(extent), leftOut }
}

function exchangesOf(turns: readonly Turn[]): Turn[][] {
  const exchanges: Turn[][] = []
  for (const turn of turns) {
    const last = exchanges.at(-1)
    if (turn.role === 'user' || !last) exchanges.push([turn])
    else last.push(turn)
  }
  return exchanges
}

/** Replaces tool results by a note, oldest first, until it fits; the newest one is kept as long as possible. */
function shorten(messages: readonly EngineMessage[], fits: (messages: EngineMessage[]) => boolean): EngineMessage[] {
  const shorter = [...messages]
  for (const [index, message] of messages.entries()) {
    if (message.role !== 'tool') continue
    if (fits(shorter)) break
    shorter[index] = { ...message, content: '"[left out: the window is full]"' }
  }
  return shorter
}
