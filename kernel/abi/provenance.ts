/** Where a value came from. Every message, memory and tool result carries one; later policies read it. */
import * as z from 'zod'

/** Who acts. The session knows it; a frame never says it. */
export const Principal = z.discriminatedUnion('kind', [
  /** The person, through the panel. */
  z.object({ kind: z.literal('user') }),
  /** A web app using the SDK; `id` is its origin. */
  z.object({ kind: z.literal('app'), id: z.string() }),
  /** An agent; `id` is the agent's id, `run` the run it acts in. */
  z.object({ kind: z.literal('agent'), id: z.string(), run: z.string() }),
  /** The kernel itself: recovery, summaries. */
  z.object({ kind: z.literal('kernel') }),
])
export type Principal = z.infer<typeof Principal>

export const Provenance = z.object({
  /** What kind of thing wrote the value. `outside` is anything fetched or returned by a tool the kernel did not write. */
  source: z.enum(['user', 'app', 'model', 'tool', 'memory', 'outside', 'kernel']),
  /** On whose behalf. */
  principal: Principal,
  /** The tool whose result this is. */
  tool: z.string().optional(),
  /** The model that wrote it. */
  model: z.string().optional(),
  /** The run and the journal sequence number it was written at. */
  run: z.string().optional(),
  seq: z.number().int().nonnegative().optional(),
  /** `trusted` only for what the user or the kernel wrote; a mixture takes the lower of its parts. */
  trust: z.enum(['trusted', 'untrusted']),
})
export type Provenance = z.infer<typeof Provenance>
