/** Long-term facts. Search is by words and by meaning, or by words alone, and says which in `match`. */
import * as z from 'zod'
import { Provenance } from '../provenance.ts'
import { Empty, Id, Text, Time } from './common.ts'
import { syscall } from './define.ts'

export const Memory = z.object({
  id: Id,
  text: z.string(),
  /** Who it belongs to: an agent's id, or null when every agent of this origin may recall it. */
  owner: Id.nullable(),
  provenance: Provenance,
  createdAt: Time,
})
export type Memory = z.infer<typeof Memory>

/** What a score is the sum of. */
const ScoreParts = z.object({
  /** Words in common. */
  words: z.number(),
  /** Likeness in meaning; 0 when the search went by words alone. */
  meaning: z.number(),
  /** A little for newer facts. */
  recency: z.number(),
  /** Whether the question and the fact are about the same person's things; below 0 when they are not. */
  whose: z.number(),
})

export const memorySyscalls = {
  'memory.add': syscall('atomic', {
    args: z.strictObject({ text: Text.trim().min(1), owner: Id.nullable().default(null) }),
    result: Memory,
  }),
  /** Newest first. */
  'memory.list': syscall('read', {
    args: z.strictObject({ limit: z.number().int().min(1).max(10_000).default(500) }),
    result: z.object({ memories: z.array(Memory) }),
  }),
  /** Best first; `score` is comparable within one answer only. */
  'memory.search': syscall('read', {
    args: z.strictObject({
      query: Text.trim().min(1),
      k: z.number().int().min(1).max(100).default(5),
      owner: Id.nullable().default(null),
    }),
    result: z.object({
      match: z.enum(['words', 'words and meaning']),
      hits: z.array(z.object({ memory: Memory, score: z.number(), parts: ScoreParts })),
    }),
  }),
  'memory.delete': syscall('atomic', { args: z.strictObject({ id: Id }), result: Empty }),
} as const
