/** Embedders: what turns text into the vectors that memory is searched by, and changing from one to another. */
import * as z from 'zod'
import { Empty, Id, Time } from './common.ts'
import { syscall } from './define.ts'

/** `built-in` is part of Hearth and needs no download; the others use a model of an engine's. */
export const EmbedderChoice = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('built-in') }),
  /** Any GGUF of the model list, by id. */
  z.strictObject({ kind: z.literal('llamacpp'), model: Id }),
  /** One of WebLLM's embedding models, by id. */
  z.strictObject({ kind: z.literal('webllm'), model: Id }),
  /** An OpenAI-compatible server: `url` is its base, `/embeddings` is added. */
  z.strictObject({
    kind: z.literal('openai'),
    url: z.url({ protocol: /^https?$/ }),
    model: z.string().min(1).max(256),
    key: z.string().max(4_096).optional(),
  }),
])
export type EmbedderChoice = z.infer<typeof EmbedderChoice>

export const EmbedderInfo = z.object({
  /** What tells its vectors from those of others; never a key. */
  id: Id,
  name: z.string(),
  kind: z.enum(['built-in', 'llamacpp', 'webllm', 'openai']),
  /** What `embedding.use` takes to choose it; a server's without its key. */
  choice: EmbedderChoice,
  /** Null until it was first used. */
  dimensions: z.number().nullable(),
  /** For a person: what it can and cannot do. */
  note: z.string(),
  /** Bytes to fetch before it can be used; 0 when it is here. Null when not known. */
  downloadBytes: z.number().nullable(),
  /** Host that texts are sent to; null when they stay on this machine. */
  sendsTo: z.string().nullable(),
})
export type EmbedderInfo = z.infer<typeof EmbedderInfo>

export const EmbeddingState = z.object({
  /** What searches use now. */
  current: EmbedderInfo,
  /** The change that is under way: searches use `current` until all is embedded. */
  next: z
    .object({
      embedder: EmbedderInfo,
      done: z.number(),
      total: z.number(),
      state: z.enum(['embedding', 'waiting', 'failed']),
      /** Why it waits or failed, for a person. */
      reason: z.string().nullable(),
      startedAt: Time,
    })
    .nullable(),
  /** Memories that have no vector yet: they are found by words. */
  pending: z.number(),
  /** Why these have to wait, for a person; null when they do not, or when there are none. */
  reason: z.string().nullable(),
})
export type EmbeddingState = z.infer<typeof EmbeddingState>

export const embeddingSyscalls = {
  'embedding.list': syscall('read', { args: Empty, result: z.object({ embedders: z.array(EmbedderInfo) }) }),
  'embedding.state': syscall('read', { args: Empty, result: EmbeddingState }),
  /** Embeds everything anew in the background, also after a restart; the change is made when all is done. */
  'embedding.use': syscall('atomic', { args: z.strictObject({ embedder: EmbedderChoice }), result: EmbeddingState }),
  /** Stays with the embedder there is. */
  'embedding.cancel': syscall('atomic', { args: Empty, result: EmbeddingState }),
} as const
