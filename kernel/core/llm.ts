/**
 * One model answer without an agent, in the shape OpenAI's clients expect. Losing and regaining the engine does not show
 * here: the chunks are those of one answer.
 */
import type { ChatChunk, ChatCompletion, ChatRequest } from '../abi/index.ts'
import type { Call, HandlersOf } from './call.ts'
import type { EngineToolCall, EngineUsage, GenerateRequest } from './engines/engine.ts'
import type { Models, ReadyModel } from './engines/generation.ts'
import { chatMessages } from './llm-messages.ts'
import { ANSWER_SHARE } from './param.ts'
import type { Platform } from './platform.ts'
import { fixedSchedulable } from './scheduler/schedulable.ts'
import type { Schedulable } from './scheduler/schedulable.ts'

/** What of the platform, and of a person's choices, a chat needs. */
type Around = Pick<Platform, 'clock' | 'random'>

export function createLlmHandlers(models: Models, platform: Around, everything: Pausable): HandlersOf<'llm'> {
  return { 'llm.chat': (call) => chat(models, platform, askedBy(call, everything), call) }
}

/** A switch that a person holds everything with. */
interface Pausable {
  readonly on: boolean
  subscribe(listener: () => void): Disposable
}

/** The page is who asks: all its answers together have one share. */
function askedBy({ id, args, caller }: Call<'llm.chat'>, everything: Pausable): Schedulable {
  const { class: servedIn, weight, deadline = null } = args
  const flow = `page:${caller.session ?? caller.name}`
  const name = caller.name.trim() === '' ? 'A page' : caller.name
  return {
    ...fixedSchedulable({ id, flow, name, class: servedIn, weight, deadline }),
    get held() {
      return everything.on
    },
    subscribe: (listener) => everything.subscribe(listener),
  }
}

type Finish = ChatCompletion['choices'][number]['finish_reason']

const FINISH = { stop: 'stop', length: 'length', 'tool-calls': 'tool_calls' } as const satisfies Record<string, Finish>

async function chat(
  models: Models,
  platform: Around,
  by: Schedulable,
  call: Call<'llm.chat'>,
): Promise<ChatCompletion> {
  const { args, signal } = call
  models.admit(args.model ?? null)
  const model = await models.ready(args.model ?? null, signal)
  const head = {
    id: platform.random.id('chatcmpl'),
    created: Math.floor(platform.clock.now() / 1000),
    model: model.id,
  }
  const emit = (delta: ChatChunk['choices'][number]['delta'], finish: Finish | null, usage?: ChatChunk['usage']) =>
    call.emit({
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: finish }],
      ...(usage ? { usage } : {}),
    })

  emit({ role: 'assistant', content: '' }, null)
  let text = ''
  const calls: EngineToolCall[] = []
  let finish: Finish = 'stop'
  let usage = chatUsage({ promptTokens: 0, completionTokens: 0 })
  const request = chatRequest(args, model)
  for await (const event of models.generate(request, { model: model.id, by, signal })) {
    if (event.type === 'text') {
      text += event.text
      emit({ content: event.text }, null)
    } else if (event.type === 'tool-call') {
      const index = calls.push(event.call) - 1
      emit({ tool_calls: [{ index, ...wireCall(event.call) }] }, null)
    } else if (event.type === 'finish') {
      finish = FINISH[event.reason]
      usage = chatUsage(event.usage)
    }
  }
  emit({}, finish, usage)

  const message = {
    role: 'assistant' as const,
    content: text === '' && calls.length > 0 ? null : text,
    ...(calls.length > 0 ? { tool_calls: calls.map(wireCall) } : {}),
  }
  return { ...head, object: 'chat.completion', choices: [{ index: 0, message, finish_reason: finish }], usage }
}

/** Fills in what the caller left out; an answer takes a share of the window unless it is told how much. */
function chatRequest(args: ChatRequest, model: ReadyModel): GenerateRequest {
  const { tool_choice: toolChoice, seed, stop } = args
  const responseFormat = chatFormat(args.response_format)
  return {
    messages: chatMessages(args.messages),
    tools: (args.tools ?? []).map(({ function: { name, description, parameters } }) => ({
      name,
      description: description ?? '',
      parameters: parameters ?? { type: 'object', properties: {} },
    })),
    temperature: args.temperature ?? 1,
    topP: args.top_p ?? 1,
    maxTokens: args.max_tokens ?? Math.max(1, Math.floor(model.contextTokens * ANSWER_SHARE)),
    ...(toolChoice === undefined ? {} : { toolChoice }),
    ...(seed === undefined ? {} : { seed }),
    ...(stop === undefined ? {} : { stop: typeof stop === 'string' ? [stop] : stop }),
    ...(responseFormat === undefined ? {} : { responseFormat }),
  }
}

function chatFormat(format: ChatRequest['response_format']): GenerateRequest['responseFormat'] {
  if (format?.type === 'json_object') return { type: 'json_object' }
  if (format?.type === 'json_schema') return { type: 'json_schema', schema: format.json_schema.schema }
  return undefined
}

function wireCall({ id, name, arguments: text }: EngineToolCall) {
  return { id, type: 'function' as const, function: { name, arguments: text } }
}

function chatUsage({ promptTokens, completionTokens }: Pick<EngineUsage, 'promptTokens' | 'completionTokens'>) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  }
}
