/**
 * What of the OpenAI API's answers this driver reads. Loose on purpose: servers leave fields out, add their own, and send
 * null for nothing. What a field is missing from is decided in answer.ts, not refused here.
 */
import * as z from 'zod'

const Count = z.number().nonnegative().nullish()

const ToolCallDelta = z.object({
  index: z.number().int().nonnegative().nullish(),
  id: z.string().nullish(),
  function: z
    .object({
      name: z.string().nullish(),
      /** Text in the standard; some servers send the object itself. */
      arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
    })
    .nullish(),
})
export type ToolCallDelta = z.infer<typeof ToolCallDelta>

const Part = z.object({ content: z.string().nullish(), tool_calls: z.array(ToolCallDelta).nullish() })

const Usage = z.object({
  prompt_tokens: Count,
  completion_tokens: Count,
  prompt_tokens_details: z.object({ cached_tokens: Count }).nullish(),
})

/** llama-server's own figures; in every chunk when it is asked for `timings_per_token`. */
const Timings = z.object({ cache_n: Count, prompt_n: Count, prompt_ms: Count, predicted_ms: Count })

/** One event of a stream; also a whole answer, whose choice has a `message` instead of a `delta`. */
export const Chunk = z.object({
  choices: z
    .array(z.object({ delta: Part.nullish(), message: Part.nullish(), finish_reason: z.string().nullish() }))
    .nullish(),
  usage: Usage.nullish(),
  timings: Timings.nullish(),
  error: z.unknown().optional(),
})
export type Chunk = z.infer<typeof Chunk>

export const ModelList = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      /** `llamacpp` and `vllm` name themselves here. */
      owned_by: z.string().nullish(),
      /** Windows in tokens, as llama-server, vLLM and others tell them. */
      meta: z.object({ n_ctx: Count }).nullish(),
      max_model_len: Count,
      context_length: Count,
    }),
  ),
})
export type ListedModel = z.infer<typeof ModelList>['data'][number]

/** Numbers that are none (null, as JSON writes NaN) are refused here, those that are too large where vectors are checked. */
export const EmbeddingList = z.object({
  data: z.array(z.object({ index: z.number().int().nonnegative().nullish(), embedding: z.array(z.number()) })),
})

const Detail = z.object({
  message: z.string().nullish(),
  type: z.string().nullish(),
  code: z.union([z.string(), z.number()]).nullish(),
  param: z.string().nullish(),
  n_prompt_tokens: Count,
  n_ctx: Count,
})

/** `{ error: {…} }` in the standard; a text, or the detail itself, elsewhere. */
export const Fault = z.union([
  z.object({ error: Detail }).transform(({ error }) => error),
  z.object({ error: z.string() }).transform(({ error }) => Detail.parse({ message: error })),
  Detail,
])
export type Fault = z.infer<typeof Fault>
