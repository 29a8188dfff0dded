/**
 * A conversation as WebLLM takes it. WebLLM's own tool calling knows five models, forbids a system prompt and forces every
 * answer to be a call; so tools are written into the system prompt here, in the format that Hermes introduced and the Qwen
 * family was trained on, and tool-calls.ts reads the calls out of the text.
 */
import type { ChatCompletionMessageParam } from '@mlc-ai/web-llm'
import type { EngineMessage, EngineTool, GenerateRequest } from '../../core/engines/engine.ts'

/** Families trained on that format. The others would write calls of their own kinds, or none. */
export function usesTools(modelId: string): boolean {
  return /^(Qwen(3|3\.5|2\.5)-|Hermes-(2-Pro|3)-)/i.test(modelId)
}

/**
 * What the assistant's turn begins with besides its role. Qwen 3 would think aloud first, in text that is no answer; an empty
 * thought is how its template turns that off.
 */
export function replyOpening(modelId: string): string {
  return /^Qwen3/i.test(modelId) ? '<think>\n\n</think>\n\n' : ''
}

type Role = 'system' | 'user' | 'assistant'

/** Turns alternate, the system's comes first: conversation templates of most families can render nothing else. */
export function chatMessages(request: GenerateRequest, tools: boolean): ChatCompletionMessageParam[] {
  const offered = tools && request.toolChoice !== 'none' ? request.tools : []
  const system = request.messages.filter(({ role }) => role === 'system').map(({ content }) => content)
  if (offered.length > 0) system.push(toolPrompt(offered, request.toolChoice === 'required'))
  const turns: { role: Role; content: string }[] = []
  for (const message of request.messages) {
    if (message.role === 'system') continue
    const turn = { role: roleOf(message), content: contentOf(message) }
    const last = turns.at(-1)
    if (last?.role === turn.role) last.content += `\n${turn.content}`
    else turns.push(turn)
  }
  return system.length === 0 ? turns : [{ role: 'system', content: system.join('\n\n') }, ...turns]
}

function roleOf({ role }: EngineMessage): Role {
  return role === 'assistant' ? 'assistant' : 'user'
}

function contentOf({ role, content, toolCalls }: EngineMessage): string {
  if (role === 'tool') return `<tool_response>\n${content}\n</tool_response>`
  const calls = (toolCalls ?? []).map(({ name, arguments: text }) => {
    return `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": ${text}}\n</tool_call>`
  })
  return [content, ...calls].filter((part) => part !== '').join('\n')
}

function toolPrompt(tools: readonly EngineTool[], required: boolean): string {
  const signatures = tools.map(({ name, description, parameters }) => {
    return JSON.stringify({ type: 'function', function: { name, description, parameters } })
  })
  return [
    '# Tools',
    '',
    required
      ? 'You must call one or more functions.'
      : 'You may call one or more functions to assist with the user query.',
    '',
    'You are provided with function signatures within <tools></tools> XML tags:',
    '<tools>',
    ...signatures,
    '</tools>',
    '',
    'For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:',
    '<tool_call>',
    '{"name": <function-name>, "arguments": <args-json-object>}',
    '</tool_call>',
  ].join('\n')
}
