/**
 * What agents and people know: four kinds in one shape. Blocks, facts and experience are here, the whiteboard is in shared.ts.
 * Search is by words and by meaning, or by words alone, and says which in `match`.
 */
import * as z from 'zod'
import { BLOCK_UNITS, LINKS_PER_MEMORY } from '../limits.ts'
import { Provenance } from '../provenance.ts'
import { Turn } from './agent.ts'
import { Empty, Id, Json, Name, Text, Time } from './common.ts'
import { syscall } from './define.ts'

/**
 * `block`: always in the window of its owner, small, named, edited by the agent. `fact`: recalled when it is asked for.
 * `experience`: a task, what was tried and how it went; recalled before similar work. `shared`: an entry of the whiteboard.
 */
export const MemoryKind = z.enum(['block', 'fact', 'experience', 'shared'])
export type MemoryKind = z.infer<typeof MemoryKind>

/** From this memory to another: it replaces it, was made of it, or has to do with it. */
export const MemoryLink = z.strictObject({ kind: z.enum(['supersedes', 'derived-from', 'related']), to: Id })
export type MemoryLink = z.infer<typeof MemoryLink>

export const Experience = z.strictObject({
  task: Text.trim().min(1),
  tried: Text.trim().min(1),
  outcome: z.enum(['worked', 'failed', 'mixed']),
  lesson: Text.trim().min(1),
})
export type Experience = z.infer<typeof Experience>

export const Memory = z.object({
  id: Id,
  kind: MemoryKind,
  /** What it says, for a model and a person; an experience's and a whiteboard entry's is made of its parts. */
  text: z.string(),
  /** Who it belongs to: an agent's id, or null when every agent of this origin may recall it. */
  owner: Id.nullable(),
  /** A name that groups memories: a project, a customer; the namespace of a whiteboard entry. Empty for none. */
  scope: z.string(),
  /** Where it came from: who wrote it, in which run at which event, and whether that is to be trusted. */
  provenance: Provenance,
  /** When it is true: from `validFrom` until just before `validUntil`, null for ever. What was superseded has ended. */
  validFrom: Time,
  validUntil: Time.nullable(),
  links: z.array(MemoryLink),
  /** From 1, one more with each change: what `ifVersion` is compared with. */
  version: z.number().int().positive(),
  createdAt: Time,
  updatedAt: Time,
  /** Times it was recalled by an agent, and when last. */
  uses: z.number().int().nonnegative(),
  usedAt: Time.nullable(),
  /** Of a block: its name, and the most UTF-16 units that it may hold. */
  block: z.object({ name: Name, limit: z.number().int() }).optional(),
  experience: Experience.optional(),
  /** Of a whiteboard entry: its key in the namespace `scope`, and its value. */
  entry: z.object({ key: z.string(), value: Json }).optional(),
})
export type Memory = z.infer<typeof Memory>

/** What a score is the sum of. */
const ScoreParts = z.object({
  /** Words in common. */
  words: z.number(),
  /** Likeness in meaning; 0 when the search went by words alone. */
  meaning: z.number(),
  /** Whether it holds what is asked for: a time, a number, a name; below 0 when it does not. */
  answer: z.number(),
  /** A little for newer memories. */
  recency: z.number(),
  /** A little for those that were of use before. */
  use: z.number(),
  /** Whether the question and the memory are about the same person's things; below 0 when they are not. */
  whose: z.number(),
})

/** Which memories a search or a list is about; what is left out does not narrow it. */
export const MemoryFilter = z.strictObject({
  /** `shared` finds the whiteboard's entries when a search names it, and only then. */
  kinds: z.array(MemoryKind).optional(),
  /** An agent's id: its own and the common ones. */
  owner: Id.nullable().optional(),
  scopes: z.array(z.string()).optional(),
  /** `trusted`: only what the user or the kernel wrote. */
  trust: z.enum(['trusted', 'untrusted']).optional(),
  /** Bounds of when it was written, both included. */
  from: Time.optional(),
  to: Time.optional(),
  /** Only what was true at this moment; 'any' for the ended ones too. Now, unless given. */
  validAt: z.union([Time, z.literal('any')]).optional(),
})
export type MemoryFilter = z.infer<typeof MemoryFilter>

const Links = z.array(MemoryLink).max(LINKS_PER_MEMORY)

/** A memory as it was, and what was done to it then; `expired`: the time came until which it was true. */
export const MemoryVersion = Memory.extend({
  ended: z
    .object({ at: Time, what: z.enum(['updated', 'superseded', 'consolidated', 'expired', 'deleted']) })
    .optional(),
})
export type MemoryVersion = z.infer<typeof MemoryVersion>

export const NewMemory = z.strictObject({
  text: Text.trim().default(''),
  kind: z.enum(['block', 'fact', 'experience']).default('fact'),
  owner: Id.nullable().default(null),
  scope: z.string().trim().max(128).default(''),
  validFrom: Time.optional(),
  validUntil: Time.nullable().default(null),
  links: Links.default([]),
  /** For a block: its name, one of its kind for each owner. */
  block: z.strictObject({ name: Name, limit: z.number().int().min(1).max(BLOCK_UNITS).optional() }).optional(),
  /** For an experience; `text` is made of it. */
  experience: Experience.optional(),
  /** Whether a fact of the same owner and scope that it contradicts ends with it. Told from English sentences only. */
  supersede: z.boolean().default(true),
})
export type NewMemory = z.infer<typeof NewMemory>

export const ConsolidationReport = z.object({
  startedAt: Time,
  endedAt: Time.nullable(),
  state: z.enum(['running', 'done', 'interrupted', 'failed']),
  /** Memories that were looked at, joined with an equal one, summarised into another, and ended because they were out of date. */
  read: z.number(),
  merged: z.number(),
  summarised: z.number(),
  expired: z.number(),
  /** Why it did not summarise, or failed; for a person. */
  note: z.string().nullable(),
})
export type ConsolidationReport = z.infer<typeof ConsolidationReport>

export const memorySyscalls = {
  /** @throws `over-limit` when the memory is full or a block longer than its limit; `conflict` for a block's name in use. */
  'memory.add': syscall('atomic', { args: NewMemory, result: Memory }),
  'memory.get': syscall('read', { args: z.strictObject({ id: Id }), result: Memory }),
  /** Changes only the fields given; what it was is in its history. @throws `conflict` when it is no longer at `ifVersion`. */
  'memory.update': syscall('atomic', {
    args: z.strictObject({
      id: Id,
      ifVersion: z.number().int().positive().optional(),
      /** Only a block's may be empty. */
      text: Text.trim().optional(),
      owner: Id.nullable().optional(),
      scope: z.string().trim().max(128).optional(),
      validFrom: Time.optional(),
      validUntil: Time.nullable().optional(),
      links: Links.optional(),
      experience: Experience.optional(),
    }),
    result: Memory,
  }),
  /** Newest first; `before` is the id of the last one of the page before. */
  'memory.list': syscall('read', {
    args: z.strictObject({
      ...MemoryFilter.shape,
      before: Id.optional(),
      limit: z.number().int().min(1).max(10_000).default(500),
    }),
    result: z.object({ memories: z.array(Memory), total: z.number().int() }),
  }),
  /** Best first; `score` is comparable within one answer only. */
  'memory.search': syscall('read', {
    args: z.strictObject({
      ...MemoryFilter.shape,
      query: Text.trim().min(1),
      k: z.number().int().min(1).max(100).default(5),
    }),
    result: z.object({
      match: z.enum(['words', 'words and meaning']),
      hits: z.array(z.object({ memory: Memory, score: z.number(), parts: ScoreParts })),
    }),
  }),
  /**
   * Forgets it: its text, history, vector, words, links to it, and where a conversation's window still quotes it. What people
   * and models said in their own words stays in the conversation: clear that too if it has to go (`agent.clear`).
   */
  'memory.delete': syscall('atomic', { args: z.strictObject({ id: Id }), result: Empty }),
  /** What it was at each version, newest first, followed by what it superseded. */
  'memory.history': syscall('read', {
    args: z.strictObject({ id: Id }),
    result: z.object({ versions: z.array(MemoryVersion) }),
  }),
  /** Why this is known: what was said when it was written, what it was made of, what it replaced and what replaced it. */
  'memory.explain': syscall('read', {
    args: z.strictObject({ id: Id }),
    result: z.object({
      memory: Memory,
      /** For a person: "You said so to Buddy on 3 March". */
      why: z.string(),
      /** The turns of the exchange it came from, oldest first; empty when the conversation is gone. */
      turns: z.array(Turn),
      agentName: z.string().nullable(),
      derivedFrom: z.array(Memory),
      supersedes: z.array(Memory),
      supersededBy: z.array(Memory),
    }),
  }),
  /** Every change from now on, until cancelled. */
  'memory.watch': syscall('read', {
    args: MemoryFilter,
    event: z.discriminatedUnion('type', [
      z.object({ type: z.literal('put'), memory: Memory }),
      z.object({ type: z.literal('deleted'), id: Id }),
    ]),
    result: Empty,
  }),
  /** All of them with their history, in pages: `after` is the `next` of the page before. */
  'memory.export': syscall('read', {
    args: z.strictObject({ after: Id.optional(), limit: z.number().int().min(1).max(1_000).default(500) }),
    result: z.object({ memories: z.array(Memory), history: z.array(Memory), next: Id.nullable() }),
  }),
  /** Takes in what `memory.export` gave. What is there already and newer stays; all of a page or none of it. */
  'memory.import': syscall('atomic', {
    args: z.strictObject({ memories: z.array(Memory).max(1_000), history: z.array(Memory).max(10_000).default([]) }),
    result: z.object({ added: z.number(), replaced: z.number(), kept: z.number() }),
  }),
  /** Tidies up now instead of when the model is idle: joins, summarises, ends what is out of date. */
  'memory.consolidate': syscall('intent', { args: Empty, result: ConsolidationReport }),
  'memory.consolidation': syscall('read', {
    args: Empty,
    result: z.object({ enabled: z.boolean(), last: ConsolidationReport.nullable() }),
  }),
  /** Whether it tidies up by itself when the model is idle. */
  'memory.configure': syscall('atomic', { args: z.strictObject({ consolidation: z.boolean() }), result: Empty }),
} as const
