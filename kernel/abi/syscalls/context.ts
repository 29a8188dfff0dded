/** What of a conversation the model sees: pages that are in its window, pages that are out, and pages that never leave. */
import * as z from 'zod'
import { Empty, Id, Time } from './common.ts'
import { syscall } from './define.ts'

/** A stretch of a conversation that enters and leaves the window whole: a question and all that followed, or a part of it. */
export const ContextPage = z.object({
  id: Id,
  agent: Id,
  /** First and last turn of it, by index. */
  from: z.number().int(),
  to: z.number().int(),
  /** A guess until an engine has told of it; calibrated per model. */
  tokens: z.number(),
  state: z.enum(['in', 'out']),
  pinned: z.boolean(),
  /**
   * Why it is where it is. In: `pinned`; `recalled`, it came back for a question or by hand; `recent`. Out: `evicted`;
   * `too-long`, larger than what may come back by itself.
   */
  why: z.enum(['recent', 'pinned', 'recalled', 'evicted', 'too-long']),
  /** Times it came back after it was out, and when it last left or came back. */
  faults: z.number().int(),
  usedAt: Time.nullable(),
  /** Whether everything in it was written by the user or the agent, or some of it came from outside. */
  trust: z.enum(['trusted', 'untrusted']),
  /** Its first words. */
  stub: z.string(),
  /** What the user said in it that holds until further notice: it stays in the window when the page leaves. */
  standing: z.array(z.string()),
})
export type ContextPage = z.infer<typeof ContextPage>

/** The window as it would be sent now. All sizes in tokens. */
export const ContextWindow = z.object({
  agent: Id,
  model: Id.nullable(),
  /** What the model can hold; null while its model was never loaded. */
  limit: z.number().nullable(),
  /** Kept free for the answer. */
  answer: z.number(),
  instructions: z.number(),
  tools: z.number(),
  /** Working blocks; what holds until further notice of pages that are out; experience shown before questions. */
  blocks: z.number(),
  standing: z.number(),
  experience: z.number(),
  /** Pages that are in, all together. */
  pages: z.number(),
  /** Of the last prompt: taken from the KV cache, and in all; null before the first. */
  lastPrompt: z.object({ cached: z.number(), total: z.number() }).nullable(),
})
export type ContextWindow = z.infer<typeof ContextWindow>

/** A memory in the window: a working block in its head, or experience before the question of a page. */
export const ContextMemory = z.object({
  memory: Id,
  kind: z.enum(['block', 'experience']),
  /** A block's name; what an experience begins with. */
  name: z.string(),
  tokens: z.number(),
  /** Whether only its beginning is shown, because all of it would take too much. */
  cut: z.boolean(),
  trust: z.enum(['trusted', 'untrusted']),
  /** The page whose question experience was recalled for. */
  page: Id.nullable(),
})
export type ContextMemory = z.infer<typeof ContextMemory>

export const contextSyscalls = {
  /** The window, all pages of the conversation, oldest first, and the memories that are in it. */
  'context.window': syscall('read', {
    args: z.strictObject({ agent: Id }),
    result: z.object({ window: ContextWindow, pages: z.array(ContextPage), memories: z.array(ContextMemory) }),
  }),
  /** The page with this turn never leaves the window. @throws `over-limit` when more is pinned than fits. */
  'context.pin': syscall('atomic', { args: z.strictObject({ agent: Id, turn: Id }), result: ContextPage }),
  /** The page stays in the window until pages have to leave it. */
  'context.unpin': syscall('atomic', { args: z.strictObject({ agent: Id, turn: Id }), result: ContextPage }),
  /** Takes a page out of the window until `context.restore`. @throws `conflict` for a pinned page and the newest exchange. */
  'context.evict': syscall('atomic', { args: z.strictObject({ agent: Id, page: Id }), result: Empty }),
  /** Puts a page back in its place, from the next answer on. */
  'context.restore': syscall('atomic', { args: z.strictObject({ agent: Id, page: Id }), result: Empty }),
  /** What was said in the page holds no longer: it leaves with the page from now on. */
  'context.release': syscall('atomic', { args: z.strictObject({ agent: Id, page: Id }), result: Empty }),
} as const
