/** Turns of a conversation as the messages an engine reads. */
import type { JsonValue, Turn } from '../../abi/index.ts'
import type { EngineMessage, EngineTool } from '../engines/engine.ts'
import { TOOL_RESULT_UNITS } from '../param.ts'
import { boundResult } from '../tools/result.ts'
import { utf8Bytes, type Extent } from './estimate.ts'

/** JSON with a space after commas and colons: how tool calls look in what models were trained on. */
export function spacedJson(value: JsonValue): string {
  // Inside strings a newline is escaped, so every real one is between values.
  return JSON.stringify(value, null, 1)
    .replace(/([{[])\n\s*/g, '$1')
    .replace(/\n\s*([}\]])/g, '$1')
    .replace(/,\n\s*/g, ', ')
}

export const systemOf = (instructions: string): EngineMessage[] =>
  instructions === '' ? [] : [{ role: 'system', content: instructions }]

export function messageOf(turn: Turn): EngineMessage {
  if (turn.role === 'tool' && turn.outcome) {
    const { call, ok, value } = turn.outcome
    const shown = ok ? value : { error: value }
    return { role: 'tool', content: spacedJson(boundResult(shown, TOOL_RESULT_UNITS)), toolCallId: call }
  }
  const message: EngineMessage = { role: turn.role, content: turn.text }
  if (turn.toolCalls.length > 0) {
    message.toolCalls = turn.toolCalls.map(({ id, name, arguments: args }) => ({
      id,
      name,
      arguments: typeof args === 'string' ? args : spacedJson(args),
    }))
  }
  return message
}

/** Tokens of a turn's text when `model` wrote it and nothing else in that answer. */
export function countOf(turn: Turn, model: string): number | undefined {
  if (turn.role !== 'assistant' || turn.toolCalls.length > 0 || turn.provenance.model !== model) return undefined
  return turn.usage?.completionTokens
}

/** @param countOfMessage tokens of a message's text where they are known */
export function extentOf(
  messages: readonly EngineMessage[],
  tools: readonly EngineTool[],
  countOfMessage: (message: EngineMessage) => number | undefined,
): Extent {
  let items = messages.length + tools.length
  let bytes = 0
  let counted = 0
  for (const message of messages) {
    const count = countOfMessage(message)
    if (count === undefined) bytes += utf8Bytes(message.content)
    else counted += count
    for (const call of message.toolCalls ?? []) {
      items += 1
      bytes += utf8Bytes(call.name) + utf8Bytes(call.arguments)
    }
  }
  for (const { name, description, parameters } of tools) {
    bytes += utf8Bytes(name) + utf8Bytes(description) + utf8Bytes(JSON.stringify(parameters))
  }
  return { items, bytes, counted }
}
