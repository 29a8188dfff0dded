/** Puts Hearth's requests as llama.cpp's OpenAI-like ones. Pure; answer-reader.ts goes the other way. */
import type { ChatCompletionMessage, ChatCompletionParams } from '@wllama/wllama/esm/index.js'
import type { JsonSchema } from '../../abi/index.ts'
import type { EngineMessage, EngineToolCall, GenerateRequest } from '../../core/engines/engine.ts'

/** wllama passes every field on to llama-server, which knows some that wllama's types leave out. */
export type CompletionOptions = ChatCompletionParams & { stop?: readonly string[] }

/** What the answer already has: llama.cpp continues a last message of the assistant's, and repeats it in its reply. */
export function beginningOf(request: GenerateRequest): string {
  const last = request.messages.at(-1)
  const written = last?.role === 'assistant' && !last.toolCalls?.length ? last.content : ''
  return written + (request.prefix ?? '')
}

export function completionOptions(request: GenerateRequest): CompletionOptions {
  const messages = request.messages.map(toWire)
  const beginning = beginningOf(request)
  if (beginning !== '') {
    // Two messages of the assistant's at the end are refused; they are one beginning.
    const last = request.messages.at(-1)
    if (last?.role === 'assistant' && !last.toolCalls?.length) messages.pop()
    messages.push({ role: 'assistant', content: beginning })
  }
  return {
    messages,
    temperature: request.temperature,
    top_p: request.topP,
    max_tokens: request.maxTokens,
    cache_prompt: true,
    timings_per_token: true,
    ...(request.seed === undefined ? {} : { seed: request.seed }),
    ...(request.stop?.length ? { stop: request.stop } : {}),
    ...toWireTools(request),
    ...(request.responseFormat ? { response_format: toWireFormat(request.responseFormat) } : {}),
  }
}

function toWire(message: EngineMessage): ChatCompletionMessage {
  switch (message.role) {
    case 'assistant':
      return message.toolCalls?.length
        ? { role: 'assistant', content: message.content, tool_calls: message.toolCalls.map(toWireCall) }
        : { role: 'assistant', content: message.content }
    case 'tool':
      return { role: 'tool', content: message.content, tool_call_id: message.toolCallId ?? '' }
    default:
      return { role: message.role, content: message.content }
  }
}

function toWireCall(call: EngineToolCall) {
  return { id: call.id, type: 'function' as const, function: { name: call.name, arguments: call.arguments } }
}

/** With `none` the model is not told of its tools: it would write calls as plain text. */
function toWireTools({ tools, toolChoice }: GenerateRequest): Pick<CompletionOptions, 'tools' | 'tool_choice'> {
  if (tools.length === 0 || toolChoice === 'none') return {}
  return { tools: tools.map(toWireTool), ...(toolChoice ? { tool_choice: toolChoice } : {}) }
}

function toWireTool(tool: GenerateRequest['tools'][number]) {
  // llama-server takes any JSON Schema; wllama's type names only the commonest keywords.
  const parameters = tool.parameters as JsonSchema & { type: 'object'; properties: Record<string, { type: string }> }
  return { type: 'function' as const, function: { name: tool.name, description: tool.description, parameters } }
}

function toWireFormat(format: NonNullable<GenerateRequest['responseFormat']>) {
  return format.type === 'json_object'
    ? { type: 'json_object' as const }
    : { type: 'json_schema' as const, json_schema: { name: 'answer', schema: format.schema } }
}
