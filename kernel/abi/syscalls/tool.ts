/** Tools: what there is, a page's own functions, and calling one. */
import * as z from 'zod'
import { ToolOutcome } from './agent.ts'
import { Empty, Id, Json, JsonSchema, Name } from './common.ts'
import { syscall } from './define.ts'

export const ToolName = z
  .string()
  .regex(/^[A-Za-z_][\w-]{0,63}$/, 'a letter or _, then letters, digits, _ or -; at most 64')

export const ToolManifest = z.strictObject({
  name: ToolName,
  /** One or two sentences for the model. */
  description: z.string().max(2000),
  /** JSON Schema of the arguments object. */
  parameters: JsonSchema,
  /**
   * What it can change: `none` computes, `read` looks something up, `write` changes this machine, `external` reaches
   * beyond it. Later policies decide by it.
   */
  effects: z.enum(['none', 'read', 'write', 'external']).default('external'),
  /** True when repeating it does no harm, so that it may be repeated after a crash. */
  idempotent: z.boolean().default(false),
  /** Milliseconds after which it is stopped. */
  timeoutMs: z.number().int().min(1).max(600_000).default(30_000),
})
export type ToolManifest = z.infer<typeof ToolManifest>

export const ToolInfo = z.object({
  ...ToolManifest.shape,
  /** `builtin`, or the page that registered it and is open now. */
  from: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('builtin') }),
    z.object({ kind: z.literal('page'), name: z.string(), session: z.string() }),
  ]),
})
export type ToolInfo = z.infer<typeof ToolInfo>

/** A page is asked to run its function, or to stop running it. */
export const ToolInvocation = z.discriminatedUnion('type', [
  z.object({ type: z.literal('invoke'), invocation: Id, arguments: Json, agent: z.string().nullable() }),
  z.object({ type: z.literal('abort'), invocation: Id }),
])
export type ToolInvocation = z.infer<typeof ToolInvocation>

export const toolSyscalls = {
  'tool.list': syscall('read', { args: Empty, result: z.object({ tools: z.array(ToolInfo) }) }),
  /** Stays open for as long as the function is offered: invocations arrive as events, cancelling withdraws it. */
  'tool.register': syscall('read', { args: ToolManifest, event: ToolInvocation, result: Empty }),
  /** A page's answer to an invocation. */
  'tool.settle': syscall('read', {
    args: z.discriminatedUnion('ok', [
      z.strictObject({ invocation: Id, ok: z.literal(true), value: Json }),
      z.strictObject({ invocation: Id, ok: z.literal(false), message: z.string().max(10_000) }),
    ]),
    result: Empty,
  }),
  'tool.call': syscall('intent', { args: z.strictObject({ name: Name, arguments: Json }), result: ToolOutcome }),
} as const
