/** A request in the words of the OpenAI API. */
import type { EngineMessage, GenerateRequest } from '../../core/engines/engine.ts'

/** The body of POST /chat/completions. */
export interface ChatBody {
  model: string
  messages: unknown[]
  stream: true
  [field: string]: unknown
}

/** How many UTF-16 units a token of ordinary text has. */
const UNITS_PER_TOKEN = 4

export type Continuation =
  /** No prefix, or the answer is written from its start again. */
  | 'none'
  /** The prefix is the last message, which the server goes on from by itself. */
  | 'prefill'
  /** The same, for vLLM, which must be told. */
  | 'prefill-vllm'
  /** The prefix is an answer that the model is asked to go on from. */
  | 'asked'

/** What a model is told when a server cannot continue its answer and it would not write the same again. */
const GO_ON =
  'Your last answer was cut off. Go on exactly where it stopped: no introduction, and nothing repeated that it already says.'

/**
 * @param model the server's name for it
 * @param prefill how the server goes on from a last assistant message; a llama-server is asked for its figures too
 */
export function chatBody(
  request: GenerateRequest,
  model: string,
  continuation: Continuation,
  prefill: Continuation | null = null,
): ChatBody {
  const prefix = request.prefix ?? ''
  const messages: unknown[] = request.messages.map(wireMessage)
  if (prefix !== '' && continuation !== 'none') messages.push({ role: 'assistant', content: prefix })
  if (continuation === 'asked') messages.push({ role: 'user', content: GO_ON })
  const repeated = continuation === 'none' ? Math.ceil(prefix.length / UNITS_PER_TOKEN) : 0
  return {
    model,
    messages,
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: request.maxTokens + repeated,
    temperature: request.temperature,
    ...(request.topP === 1 ? {} : { top_p: request.topP }),
    ...(request.seed === undefined ? {} : { seed: request.seed }),
    ...(request.stop?.length ? { stop: request.stop } : {}),
    ...(request.tools.length === 0 ? {} : { tools: request.tools.map(wireTool) }),
    ...(request.tools.length === 0 || !request.toolChoice ? {} : { tool_choice: request.toolChoice }),
    ...responseFormat(request.responseFormat),
    ...(prefill === 'prefill' ? { timings_per_token: true } : {}),
    ...(continuation === 'prefill-vllm' ? { continue_final_message: true, add_generation_prompt: false } : {}),
  }
}

/**
 * The body without what the server said it does not take, or undefined when there is nothing to leave out.
 * @param param the field that its refusal names
 */
export function withoutField(body: ChatBody, param: string): ChatBody | undefined {
  const { [param]: value, ...rest } = body
  if (value === undefined) return undefined
  switch (param) {
    // OpenAI's newer models take the same limit by another name.
    case 'max_tokens':
      return { ...rest, max_completion_tokens: value } as unknown as ChatBody
    case 'stream_options':
    case 'temperature':
    case 'top_p':
    case 'seed':
      return rest as ChatBody
    default:
      return undefined
  }
}

function wireMessage(message: EngineMessage) {
  switch (message.role) {
    case 'tool':
      return { role: 'tool', content: message.content, tool_call_id: message.toolCallId ?? '' }
    case 'assistant':
      return {
        role: 'assistant',
        content: message.content,
        ...(message.toolCalls?.length
          ? {
              tool_calls: message.toolCalls.map(({ id, name, arguments: text }) => ({
                id,
                type: 'function',
                function: { name, arguments: text },
              })),
            }
          : {}),
      }
    default:
      return { role: message.role, content: message.content }
  }
}

function wireTool({ name, description, parameters }: GenerateRequest['tools'][number]) {
  return { type: 'function', function: { name, description, parameters } }
}

function responseFormat(format: GenerateRequest['responseFormat']) {
  if (!format) return {}
  if (format.type === 'json_object') return { response_format: format }
  return {
    response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: format.schema, strict: true } },
  }
}
