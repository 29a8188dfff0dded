/** One model answer without an agent, in the shape OpenAI's clients expect. */
import * as z from 'zod'
import { Id, JsonSchema, Text, Time } from './common.ts'
import { syscall } from './define.ts'
import { SchedulingClass, Weight } from './scheduling.ts'

const Function = z.strictObject({
  name: z.string(),
  description: z.string().optional(),
  parameters: JsonSchema.optional(),
  strict: z.boolean().optional(),
})

const WireToolCall = z.strictObject({
  id: z.string(),
  type: z.literal('function'),
  function: z.strictObject({ name: z.string(), arguments: z.string() }),
})

const TextPart = z.strictObject({ type: z.literal('text'), text: Text })
const Content = z.union([Text, z.array(TextPart).max(100)])

export const ChatMessage = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: Content }),
  z.strictObject({ role: z.literal('developer'), content: Content }),
  z.strictObject({ role: z.literal('user'), content: Content }),
  z.strictObject({
    role: z.literal('assistant'),
    content: Content.nullable().optional(),
    tool_calls: z.array(WireToolCall).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), content: Content, tool_call_id: z.string() }),
])
export type ChatMessage = z.infer<typeof ChatMessage>

/** Field names are OpenAI's but for the last three. */
export const ChatRequest = z.strictObject({
  model: Id.optional(),
  messages: z.array(ChatMessage).min(1).max(4096),
  tools: z
    .array(z.strictObject({ type: z.literal('function'), function: Function }))
    .max(128)
    .optional(),
  tool_choice: z.enum(['auto', 'none', 'required']).optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().gt(0).max(1).optional(),
  seed: z.number().int().nonnegative().optional(),
  max_tokens: z.number().int().positive().optional(),
  stop: z.union([z.string(), z.array(z.string()).max(8)]).optional(),
  response_format: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('text') }),
      z.strictObject({ type: z.literal('json_object') }),
      z.strictObject({
        type: z.literal('json_schema'),
        json_schema: z.strictObject({ name: z.string(), schema: JsonSchema, strict: z.boolean().optional() }),
      }),
    ])
    .optional(),
  /** Ours, not OpenAI's: how the answer is scheduled. */
  class: SchedulingClass.default('interactive'),
  weight: Weight.default(1),
  deadline: Time.optional(),
})
export type ChatRequest = z.infer<typeof ChatRequest>

const Finish = z.enum(['stop', 'length', 'tool_calls'])

export const ChatUsage = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number(),
})

export const ChatChunk = z.object({
  id: z.string(),
  object: z.literal('chat.completion.chunk'),
  /** Seconds since 1970. */
  created: z.number(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.number(),
      delta: z.object({
        role: z.literal('assistant').optional(),
        content: z.string().optional(),
        tool_calls: z
          .array(
            z.object({
              index: z.number(),
              id: z.string(),
              type: z.literal('function'),
              function: z.object({ name: z.string(), arguments: z.string() }),
            }),
          )
          .optional(),
      }),
      finish_reason: Finish.nullable(),
    }),
  ),
  usage: ChatUsage.optional(),
})
export type ChatChunk = z.infer<typeof ChatChunk>

export const ChatCompletion = z.object({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.number(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.number(),
      message: z.object({
        role: z.literal('assistant'),
        content: z.string().nullable(),
        tool_calls: z.array(WireToolCall).optional(),
      }),
      finish_reason: Finish,
    }),
  ),
  usage: ChatUsage,
})
export type ChatCompletion = z.infer<typeof ChatCompletion>

export const llmSyscalls = {
  /** Streams chunks as events and returns the whole completion. */
  'llm.chat': syscall('read', { args: ChatRequest, event: ChatChunk, result: ChatCompletion }),
} as const
