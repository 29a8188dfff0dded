/** What is here already, of what an archive may bring: read once, and kept up with what the import adds. */
import type { Memory } from '../../abi/index.ts'
import { HearthError } from '../../abi/index.ts'
import type { ArchiveKind } from '../../abi/syscalls/archive.ts'
import { FILES_PER_SPACE } from '../files/param.ts'
import { BLOCKS_PER_OWNER, MEMORIES_KEPT } from '../memory/param.ts'
import { AGENTS_KEPT } from '../param.ts'
import { isGone } from '../shared/entry.ts'
import type { Database } from '../storage/database.ts'
import { pagesOf } from './pages-of.ts'
import type { Entry } from './records.ts'

/** Heads of a unit: what follows one goes its way. */
export type Head = Extract<Entry, { store: 'agents' | 'memories' | 'shared' | 'files' | 'models' | 'meta' }>

export const KIND_OF: Readonly<Record<Exclude<Entry['store'], 'blob'>, ArchiveKind>> = {
  agents: 'agents',
  turns: 'conversations',
  pages: 'conversations',
  spending: 'agents',
  memories: 'memories',
  versions: 'memories',
  shared: 'whiteboard',
  files: 'files',
  fileVersions: 'files',
  models: 'models',
  meta: 'settings',
}

/** Paths of a space. */
interface Space {
  readonly files: Set<string>
  /** Files that are there, and all folders above them. */
  readonly present: Set<string>
  readonly folders: Set<string>
}

export class Here {
  readonly #heads = new Map<Head['store'], Set<string>>()
  /** Ids of working blocks, by owner and name: an owner has one of a name. */
  readonly #blocks = new Map<string, string>()
  /** Ids of working blocks, by owner. */
  readonly #blocksOf = new Map<string | null, Set<string>>()
  /** Ids of agents that the file has, whether they are taken in or not. */
  readonly #brought = new Set<string>()
  readonly #spaces = new Map<string, Space>()

  static async read(database: Pick<Database, 'list'>): Promise<Here> {
    const here = new Here()
    for (const store of ['agents', 'models'] as const) {
      for await (const page of pagesOf(database, store)) for (const { id } of page) here.#set(store).add(id)
    }
    for await (const page of pagesOf(database, 'shared')) {
      // What is left of a deleted entry is nobody's.
      for (const entry of page) if (!isGone(entry)) here.#set('shared').add(entry.id)
    }
    for await (const page of pagesOf(database, 'memories')) for (const memory of page) here.#addMemory(memory)
    for await (const page of pagesOf(database, 'meta')) for (const { name } of page) here.#set('meta').add(name)
    for await (const page of pagesOf(database, 'files')) {
      for (const { space, path, deletedAt } of page) here.#addFile(space, path, deletedAt === null)
    }
    return here
  }

  has(head: Head): boolean {
    return (
      this.#set(head.store).has(idOf(head)) || (head.store === 'memories' && this.blockOf(head.record) !== undefined)
    )
  }

  /** Notes an agent of the file: files that follow may be its own. */
  bring(agent: string): void {
    this.#brought.add(agent)
  }

  /** Whether it is a file of no agent, here or in the file: nobody could see it, nor delete it. */
  ownerless(head: Head): boolean {
    if (head.store !== 'files') return false
    const { space } = head.record
    return !this.#brought.has(space) && !this.#set('agents').has(space)
  }

  /** Whether its owner has as many working blocks as there may be in a window, and this is none of them. */
  crowded({ record }: Extract<Head, { store: 'memories' }>): boolean {
    const blocks = this.#blocksOf.get(record.owner)
    const another = record.block !== undefined && !blocks?.has(record.id) && this.blockOf(record) === undefined
    return another && (blocks?.size ?? 0) >= BLOCKS_PER_OWNER
  }

  /** Another working block of the same name and owner. */
  blockOf(memory: Memory): string | undefined {
    const id = memory.block && this.#blocks.get(blockKey(memory))
    return id === memory.id ? undefined : id
  }

  /** Whether a file cannot be where it should: a folder has its name, or a file that of a folder it is in. */
  obstructed({ record: { space: id, path, deletedAt } }: Extract<Head, { store: 'files' }>): boolean {
    if (deletedAt !== null) return false
    const space = this.#spaces.get(id)
    return (
      space !== undefined && (space.folders.has(path) || foldersOf(path).some((folder) => space.present.has(folder)))
    )
  }

  /** Notes that it is here from now on. @throws HearthError `over-limit` when there is no room for it */
  add(head: Head): void {
    if (head.store === 'memories') this.#addMemory(head.record)
    else if (head.store === 'files') this.#addFile(head.record.space, head.record.path, head.record.deletedAt === null)
    else this.#set(head.store).add(idOf(head))
    checkRoom('agents', this.#set('agents').size, AGENTS_KEPT)
    checkRoom('memories', this.#set('memories').size, MEMORIES_KEPT)
    if (head.store !== 'files') return
    checkRoom('files of a space', this.#spaces.get(head.record.space)?.files.size ?? 0, FILES_PER_SPACE)
  }

  #set(store: Head['store']): Set<string> {
    let set = this.#heads.get(store)
    if (!set) this.#heads.set(store, (set = new Set()))
    return set
  }

  #addMemory(memory: Memory): void {
    this.#set('memories').add(memory.id)
    if (!memory.block) return
    const { id, owner } = memory
    const blocks = this.#blocksOf.get(owner) ?? new Set()
    blocks.delete(this.blockOf(memory) ?? id)
    this.#blocksOf.set(owner, blocks.add(id))
    this.#blocks.set(blockKey(memory), id)
  }

  #addFile(space: string, path: string, present: boolean): void {
    this.#set('files').add(`${space}\n${path}`)
    let paths = this.#spaces.get(space)
    if (!paths) this.#spaces.set(space, (paths = { files: new Set(), present: new Set(), folders: new Set() }))
    paths.files.add(path)
    if (!present) return void paths.present.delete(path)
    paths.present.add(path)
    for (const folder of foldersOf(path)) paths.folders.add(folder)
  }
}

/** Of a unit, within its store. */
export function idOf(head: Head): string {
  if (head.store === 'files') return `${head.record.space}\n${head.record.path}`
  return head.store === 'meta' ? head.record.name : head.record.id
}

const blockKey = ({ owner, block }: Memory): string => `${owner ?? ''}\n${block?.name ?? ''}`

function foldersOf(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

function checkRoom(limit: string, count: number, maximum: number): void {
  if (count <= maximum) return
  const message = `With this file there would be more than ${maximum} ${limit}. Nothing was changed; delete some first, or import into an empty Hearth.`
  throw new HearthError('over-limit', message, { limit, maximum, retryAfterMs: null })
}
