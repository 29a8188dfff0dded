/** Long-term facts. Search is by words for now and says so in `match`. */
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
    result: z.object({ match: z.literal('words'), hits: z.array(z.object({ memory: Memory, score: z.number() })) }),
  }),
  'memory.delete': syscall('atomic', { args: z.strictObject({ id: Id }), result: Empty }),
} as const
