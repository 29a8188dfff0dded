/**
 * What agents do with memory, by tools and by their windows. What one of them learns all of them know; blocks are each one's
 * own. An agent changes and forgets only what it wrote itself, and sees nothing that belongs to another one.
 */
import {
  HearthError,
  type Experience,
  type Memory,
  type MemoryFilter,
  type Principal,
  type SyscallArgs,
} from '../../abi/index.ts'
import { writtenBy } from '../provenance.ts'
import type { Mutation } from '../storage/database.ts'
import type { MemoryRecord } from '../storage/records.ts'
import { bad, planAdd } from './adding.ts'
import { blocksInWindow, findBlock } from './blocks.ts'
import { planForget } from './forgetting.ts'
import type { MemoryParts } from './handlers.ts'
import type { MemorySearch } from './memory-index.ts'
import { Recalled } from './recalled.ts'
import { memoryOf } from './records.ts'
import { matcherOf } from './search/matches.ts'
import { saidBy } from './said-already.ts'
import { similarWork } from './similar-work.ts'
import { planUpdate } from './updating.ts'

/** A tool call that changes memory: who makes it, under which name, until when. */
export interface MemoryCall {
  readonly principal: Principal
  readonly tool: string
  readonly signal: AbortSignal
  /** Commits the change. */
  readonly commit: (writes: readonly Mutation[]) => Promise<void>
}

export interface BlockEdit {
  readonly name: string
  readonly text: string
  /** The part of the block that `text` takes the place of; all of it when left out. */
  readonly replaces?: string
}

/** Where in a run a tool call stands: the number of its event in the journal, and the model that made it. */
export type SourceOf = (run: string) => Pick<Memory['provenance'], 'run' | 'seq' | 'model'> | undefined

export interface AgentMemory {
  /** Stores a fact; one that says the same and is there, or was recalled in this run, is returned instead. */
  remember(text: string, call: MemoryCall): Promise<Memory>
  /** Facts and experience of one's own and common ones, best first. */
  recall(query: string, principal: Principal, k: number): Promise<MemorySearch['hits']>
  /** Files an experience. */
  note(experience: Experience, call: MemoryCall): Promise<Memory>
  /** Changes what a memory that one wrote says. @throws HearthError `not-found` naming what is there, `denied` */
  rewrite(which: string, text: string, call: MemoryCall): Promise<Memory>
  /** Forgets a memory that one wrote. @throws HearthError `not-found` naming what is there, `denied` */
  forgetOne(which: string, call: MemoryCall): Promise<void>
  /** Changes a block of one's own, or begins it. @throws HearthError `not-found`, `over-limit` */
  editBlock(edit: BlockEdit, call: MemoryCall): Promise<Memory>
  /** Working blocks of an agent, in the order in which they were made. */
  blocksOf(agent: string): Promise<readonly Memory[]>
  /** Experience with work like this that is worth showing, best first. */
  experienceFor(text: string, agent: string, k: number): Promise<readonly Memory[]>
  /** A memory as it was at a version; undefined once it is forgotten. */
  versionOf(id: string, version: number): Promise<Memory | undefined>
}

/** Whose memories it sees besides the common ones. What a person or an app does through the tools concerns everybody. */
const ownerOf = (principal: Principal): string | null => (principal.kind === 'agent' ? principal.id : null)

/** Whether it may change it: what belongs to it, and what it told all others. */
function isOwn({ owner, provenance }: MemoryRecord, principal: Principal): boolean {
  if (principal.kind !== 'agent') return owner === null
  if (owner !== null) return owner === principal.id
  return provenance.principal.kind === 'agent' && provenance.principal.id === principal.id
}

export function createAgentMemory(deps: MemoryParts & { readonly sourceOf: SourceOf }): AgentMemory {
  const { index, book, changes, uses, clock, database } = deps
  const recalled = new Recalled(database)

  function provenanceOf({ principal, tool }: MemoryCall): Memory['provenance'] {
    const source = principal.kind === 'agent' ? deps.sourceOf(principal.run) : undefined
    return { ...writtenBy(principal), ...source, tool }
  }

  /**
   * A memory that holds this already: word for word, or because the agent was shown it and now writes it down again.
   * @throws HearthError `denied` when what it was shown was forgotten since
   */
  async function alreadyThere(text: string, { principal }: MemoryCall): Promise<MemoryRecord | undefined> {
    const owner = ownerOf(principal)
    const there = (await book.sayingSame(text)).find(matcherOf({ owner }, clock.now()))
    if (there || principal.kind !== 'agent') return there
    const blocks = await blocksInWindow(index, principal.id)
    const shown = [
      ...(await recalled.of(principal.run)),
      ...(await recalled.of(principal.id)),
      ...blocks.flatMap((block) => block.text.split('\n')),
    ]
    const source = saidBy(text, shown)
    if (source === undefined) return undefined
    const known =
      (await book.sayingSame(source)).find(matcherOf({ owner, validAt: 'any' }, 0)) ??
      blocks.find((block) => block.text.includes(source))
    if (known) return known
    const reason = 'it was forgotten since it was recalled'
    throw new HearthError('denied', `That was not stored again: ${reason}.`, { syscall: 'tool.call', reason })
  }

  /** The one memory that is meant: by its words, or by a search that leaves no doubt. */
  async function meant(which: string, { principal }: MemoryCall): Promise<MemoryRecord> {
    const owner = ownerOf(principal)
    const said = (await book.sayingSame(which)).filter((memory) => memory.owner === null || memory.owner === owner)
    const one = said.find((memory) => isOwn(memory, principal))
    if (one) return one
    if (said.length > 0) {
      const reason = 'all agents know it, and only who wrote it or a person changes it'
      throw new HearthError('denied', `That memory stays as it is: ${reason}.`, { syscall: 'tool.call', reason })
    }
    const { hits } = await index.search(which, 3, { owner, kinds: ['fact', 'experience'] })
    const own = hits.map(({ memory }) => memory.text)
    const message =
      own.length === 0
        ? 'There is no such memory.'
        : `No memory says exactly that. Name one of these word for word: ${own.map((text) => JSON.stringify(text)).join(', ')}`
    throw new HearthError('not-found', message, { kind: 'memory', id: which.slice(0, 128) })
  }

  const common = (args: Partial<SyscallArgs<'memory.add'>>): SyscallArgs<'memory.add'> => ({
    ...{ text: '', kind: 'fact', scope: '', validUntil: null, links: [], supersede: true, owner: null },
    ...args,
  })

  return {
    remember: (text, call) =>
      changes.by(
        call.commit,
        async () => {
          const there = await alreadyThere(text, call)
          if (there) return { result: memoryOf(there) }
          return planAdd(deps, common({ text }), provenanceOf(call))
        },
        call.signal,
      ),
    async recall(query, principal, k) {
      const { hits } = await index.search(query, k, { owner: ownerOf(principal), kinds: ['fact', 'experience'] })
      uses.count(hits.map(({ memory }) => memory.id))
      if (principal.kind === 'agent') {
        await recalled.note(
          principal.run,
          hits.map(({ memory }) => memory.text),
        )
      }
      return hits
    },
    note: (experience, call) =>
      changes.by(
        call.commit,
        () => planAdd(deps, common({ kind: 'experience', experience }), provenanceOf(call)),
        call.signal,
      ),
    rewrite: (which, text, call) =>
      changes.by(
        call.commit,
        async () => planUpdate(deps, { id: (await meant(which, call)).id, text }, provenanceOf(call)),
        call.signal,
      ),
    forgetOne: (which, call) =>
      changes.by(
        call.commit,
        async () => ({ ...(await planForget(deps, [(await meant(which, call)).id])), result: undefined }),
        call.signal,
      ),
    editBlock: ({ name, text, replaces }, call) =>
      changes.by(
        call.commit,
        async () => {
          const block = await findBlock(index, ownerOf(call.principal), name)
          if (!block) {
            if (replaces !== undefined) throw bad('replaces', `There is no block "${name}" to change.`)
            const begun = common({ kind: 'block', text, block: { name }, owner: ownerOf(call.principal) })
            return planAdd(deps, begun, provenanceOf(call))
          }
          if (replaces === undefined) return planUpdate(deps, { id: block.id, text }, provenanceOf(call))
          const at = block.text.indexOf(replaces)
          if (at < 0 || replaces === '') throw bad('replaces', `The block "${name}" does not say that.`)
          const after = block.text.slice(0, at) + text + block.text.slice(at + replaces.length)
          return planUpdate(deps, { id: block.id, text: after }, provenanceOf(call))
        },
        call.signal,
      ),
    blocksOf: async (agent) => (await blocksInWindow(index, agent)).map(memoryOf),
    async experienceFor(text, agent, k) {
      const filter = { owner: agent, kinds: ['experience'] } satisfies MemoryFilter
      // Asked by every run: a search would load the words first.
      if ((await index.count(filter)) === 0) return []
      const similar = await similarWork(index, text, filter, k)
      uses.count(similar.map(({ id }) => id))
      await recalled.note(
        agent,
        similar.map((one) => one.text),
      )
      return similar.map(memoryOf)
    },
    async versionOf(id, version) {
      const memory = await index.get(id)
      if (!memory || memory.version === version) return memory && memoryOf(memory)
      const [kept] = await database.list('versions', { from: [id, version], to: [id, version], limit: 1 })
      return kept?.memory
    },
  }
}
