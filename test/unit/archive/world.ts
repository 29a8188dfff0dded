/** Origins full of things, as stores hold them, and what a test does with their archives. */
import fc from 'fast-check'
import { Agent } from '../../../kernel/abi/syscalls/agent.ts'
import type { Memory, Turn } from '../../../kernel/abi/index.ts'
import { takeIn } from '../../../kernel/core/archive/carry-out.ts'
import { ArchiveExport } from '../../../kernel/core/archive/export.ts'
import { inspect } from '../../../kernel/core/archive/inspect.ts'
import { recount } from '../../../kernel/core/archive/recount.ts'
import { stage } from '../../../kernel/core/archive/stage.ts'
import type { FileRecord, FileVersionRecord } from '../../../kernel/core/files/records.ts'
import type { Database, Mutation } from '../../../kernel/core/storage/database.ts'
import { KEY_PATHS } from '../../../kernel/core/storage/records.ts'
import type { StoreName } from '../../../kernel/core/storage/records.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createMemoryFileBlobs } from '../../../kernel/drivers/memory/file-blobs.ts'
import type { MemoryFileBlobs } from '../../../kernel/drivers/memory/file-blobs.ts'
import { createClock } from '../../../kernel/drivers/web/clock.ts'

export interface Origin {
  readonly database: Database
  readonly fileBlobs: MemoryFileBlobs
}

/** What a person might have. */
export interface World {
  readonly agents: readonly { name: string; turns: readonly string[] }[]
  readonly memories: readonly { text: string; versions: readonly string[]; block: string | null }[]
  readonly entries: readonly { key: string; value: unknown; versions: number }[]
  /** By agent: path, and contents of each version; null where it was deleted. */
  readonly files: readonly { agent: number; path: string; versions: readonly (Uint8Array<ArrayBuffer> | null)[] }[]
}

const name = fc.stringMatching(/^[a-z]{1,8}$/)
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
const bytes = fc
  .uint8Array({ maxLength: 40 })
  .map((drawn) => (drawn.length % 3 === 0 ? new Uint8Array(drawn) : new Uint8Array(1_500).fill(drawn.length)))

/** As JSON keeps it: to it -0 is 0. */
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown)

const anything = fc.record({
  agents: fc.array(fc.record({ name, turns: fc.array(text, { maxLength: 6 }) }), { maxLength: 4 }),
  memories: fc.array(
    fc.record({ text, versions: fc.array(text, { maxLength: 3 }), block: fc.option(name, { freq: 3 }) }),
    { maxLength: 6 },
  ),
  entries: fc.uniqueArray(fc.record({ key: name, value: json, versions: fc.nat(3) }), {
    selector: ({ key }) => key,
    maxLength: 5,
  }),
  files: fc.uniqueArray(
    fc.record({
      agent: fc.nat(3),
      path: fc.tuple(name, name).map(([folder, file]) => `d-${folder}/${file}.txt`),
      versions: fc.array(fc.option(bytes, { freq: 5 }), { minLength: 1, maxLength: 4 }),
    }),
    { selector: ({ agent, path }) => `${agent}/${path}`, maxLength: 6 },
  ),
})

/** Files are of agents that there are. */
export const worlds: fc.Arbitrary<World> = anything.map((world) => ({
  ...world,
  files: world.files.filter(({ agent }) => agent < world.agents.length),
}))

export const emptyOrigin = (): Origin => ({ database: createMemoryDatabase(), fileBlobs: createMemoryFileBlobs() })

const user = { source: 'user', principal: { kind: 'user' }, trust: 'trusted' } as const
const CHUNK = 1_024

export const agentId = (index: number): string => `agent-${index}`

/** @param salt makes texts differ while ids stay the same */
export async function fill(origin: Origin, world: World, salt = ''): Promise<void> {
  const writes: Mutation[] = []
  for (const [index, agent] of world.agents.entries()) {
    writes.push({ op: 'put', store: 'agents', value: agentOf(index, agent.name + salt) })
    for (const [at, said] of agent.turns.entries())
      writes.push({ op: 'put', store: 'turns', value: turnOf(index, at, said + salt) })
    const spent = { tokens: 12, seconds: 0.5, calls: 1 }
    writes.push({
      op: 'put',
      store: 'spending',
      value: { account: `agent:${agentId(index)}`, agent: agentId(index), at: 5, ...spent },
    })
  }
  let number = 0
  for (const [index, { text: said, versions, block }] of world.memories.entries()) {
    const owner = block === null ? null : `owner-${index}`
    const memory = memoryOf(`memory-${index}`, said + salt, versions.length + 1, {
      owner,
      ...(block !== null && { block: { name: block, limit: 900 } }),
    })
    writes.push({ op: 'put', store: 'memories', value: { ...memory, number: (number += 1) } })
    for (const [at, was] of versions.entries()) writes.push(version(memory, at + 1, was))
  }
  for (const { key, value, versions } of world.entries) {
    const id = `board/${key}`
    const entry = memoryOf(id, `${key}: …${salt}`, versions + 1, {
      scope: 'board',
      kind: 'shared',
      entry: { key, value: value as never },
    })
    writes.push({ op: 'put', store: 'shared', value: entry })
    for (let at = 1; at <= versions; at += 1) writes.push(version(entry, at, `${key}: ${at}`))
  }
  for (const file of world.files) writes.push(...(await fileWrites(origin, file, salt)))
  writes.push({ op: 'put', store: 'meta', value: { name: 'scheduling-policy', value: 'fifo' } })
  await origin.database.commit(writes, 'strict')
  for (const space of new Set(world.files.map(({ agent }) => agentId(agent)))) {
    await origin.database.commit(await recount(origin.database, space), 'strict')
  }
}

export const agentOf = (index: number, called: string): Agent =>
  Agent.parse({
    ...{ name: called, budget: { tokens: 900, perDay: true }, id: agentId(index) },
    ...{ createdAt: index, createdBy: user, paused: false },
  })

export const turnOf = (agent: number, index: number, said: string, run = `run-${agent}-${index}`): Turn => ({
  ...{
    id: `turn-${agent}-${index}`,
    agent: agentId(agent),
    index,
    role: index % 2 === 0 ? 'user' : 'assistant',
    text: said,
  },
  ...{ toolCalls: [], ended: 'complete', provenance: user, run, at: 1_000 + index },
})

export const memoryOf = (id: string, said: string, at: number, more: Partial<Memory> = {}): Memory => ({
  ...{
    id,
    kind: 'fact',
    text: said,
    owner: null,
    scope: '',
    provenance: user,
    validFrom: 1,
    validUntil: null,
    links: [],
  },
  ...{ version: at, createdAt: 1, updatedAt: at, uses: 2, usedAt: 7 },
  ...(more.block && { kind: 'block' }),
  ...more,
})

function version(memory: Memory, at: number, said: string): Mutation {
  const ended = { at: at + 1, by: { kind: 'user' as const }, what: 'updated' as const }
  return {
    op: 'put',
    store: 'versions',
    value: { record: memory.id, version: at, memory: { ...memory, version: at, text: said }, ended },
  }
}

async function fileWrites(
  origin: Origin,
  { agent, path, versions }: World['files'][number],
  salt: string,
): Promise<Mutation[]> {
  const writes: Mutation[] = []
  const common = { space: agentId(agent), path, by: { kind: 'user' as const }, provenance: user }
  let head: FileRecord | undefined
  let last: Pick<FileVersionRecord, 'bytes' | 'hash' | 'chunks'> = { bytes: 0, hash: 'empty', chunks: [] }
  for (const [index, contents] of versions.entries()) {
    const deleted = contents === null
    if (!deleted) last = await store(origin, contents, salt)
    const described = {
      ...common,
      version: index + 1,
      ...last,
      type: 'text/plain',
      text: true,
      change: deleted ? 'deleted' : 'written',
    } as const
    const record: FileVersionRecord = { ...described, at: index + 1, createdAt: 1, chunkBytes: CHUNK }
    const { chunks: _, ...named } = described
    head = {
      ...named,
      createdAt: 1,
      updatedAt: index + 1,
      deletedAt: deleted ? index + 1 : null,
      oldest: 1,
      firstAt: 1,
    }
    writes.push({ op: 'put', store: 'fileVersions', value: record })
  }
  if (head) writes.push({ op: 'put', store: 'files', value: head })
  return writes
}

async function store({ fileBlobs }: Origin, contents: Uint8Array<ArrayBuffer>, salt: string) {
  const all = new Uint8Array([...contents, ...new TextEncoder().encode(salt)])
  const chunks: string[] = []
  for (let at = 0; at < all.length; at += CHUNK) {
    const chunk = all.slice(at, at + CHUNK)
    const hash = await fileBlobs.hash(chunk)
    await fileBlobs.write(hash, chunk)
    chunks.push(hash)
  }
  return { bytes: all.length, hash: await fileBlobs.hash(all), chunks }
}

/** Everything there is, but for what an origin numbers itself. */
export async function contentsOf({ database, fileBlobs }: Origin): Promise<unknown> {
  const stores: Record<string, unknown> = {}
  for (const name of Object.keys(KEY_PATHS) as StoreName[]) stores[name] = await database.list(name)
  stores['memories'] = (await database.list('memories')).map(({ number: _, ...memory }) => memory)
  return { stores, blobs: new Map([...fileBlobs.stored].sort(([one], [other]) => (one < other ? -1 : 1))) }
}

const deps = ({ database, fileBlobs }: Origin, signal = new AbortController().signal) => ({
  ...{ database, signal, clock: createClock(), onProgress: () => {} },
  hash: (chunk: Uint8Array<ArrayBuffer>) => fileBlobs.hash(chunk),
  keep: async (chunk: Uint8Array<ArrayBuffer>) => {
    const hash = await fileBlobs.hash(chunk)
    await fileBlobs.write(hash, chunk)
    return hash
  },
})

export async function archiveOf({ database, fileBlobs }: Origin): Promise<Blob> {
  const clock = { ...createClock(), now: () => 1_795_331_820_000 }
  const signal = new AbortController().signal
  const archive = new ArchiveExport({ database, blobs: fileBlobs, clock, signal, version: '0.1.0' })
  const parts: Uint8Array<ArrayBuffer>[] = []
  for await (const part of archive.parts()) parts.push(part)
  return new Blob(parts)
}

export const look = (origin: Origin, file: Blob) => inspect(file, deps(origin))

/** Stages a file and takes it in, as a kernel and the one after it do. */
export async function bring(origin: Origin, file: Blob, existing: 'keep' | 'replace' = 'keep', sha256?: string) {
  const report = await stage({ file, existing, sha256: sha256 ?? (await look(origin, file)).sha256 }, deps(origin))
  await takeIn(origin)
  return report
}

export const stageOnly = (origin: Origin, file: Blob, sha256: string) =>
  stage({ file, existing: 'keep', sha256 }, deps(origin))

/** A file as a test wants it: lines as they are given, and an end that fits them. */
export async function forge(lines: readonly (object | string)[], origin = emptyOrigin()): Promise<Blob> {
  const header = { hearth: 'archive', version: 1, schema: 4, writtenBy: 'test', createdAt: 1, counts: {} }
  const body = [header, ...lines].map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')
  const encoded = new TextEncoder().encode(body)
  let previous = '0'.repeat(64)
  for (let at = 0; at <= encoded.length; at += 1024 * 1024) {
    const block = new Blob([previous, encoded.subarray(at, at + 1024 * 1024)])
    previous = await origin.fileBlobs.hash(new Uint8Array(await block.arrayBuffer()))
  }
  return new Blob([encoded, `${JSON.stringify({ end: { records: lines.length, sha256: previous } })}\n`])
}
