/** What is in an archive, and what of it is here already. Checks all of it, as an import would; changes nothing. */
import type { ArchiveContents } from '../../abi/index.ts'
import { ArchiveKind } from '../../abi/syscalls/archive.ts'
import { hostOf } from '../engines/sources.ts'
import type { Database } from '../storage/database.ts'
import { Chunks } from './chunks.ts'
import { badArchive } from './format.ts'
import { Here, KIND_OF } from './here.ts'
import { AGENTS_SHOWN } from './param.ts'
import { ArchiveReader } from './read.ts'
import type { ReadDeps } from './read.ts'
import { isCounted, isHead } from './stage.ts'

export interface InspectDeps extends ReadDeps {
  readonly database: Database
}

/** @throws HearthError `bad-archive` */
export async function inspect(file: unknown, deps: InspectDeps): Promise<ArchiveContents> {
  const reader = new ArchiveReader(file, deps)
  const here = await Here.read(deps.database)
  const chunks = new Chunks()
  const kinds = new Map<ArchiveKind, ArchiveContents['kinds'][number]>()
  const agents = new Map<string, ArchiveContents['agents'][number]>()
  const hosts = new Set<string>()
  const kindOf = (kind: ArchiveKind) => {
    const row = kinds.get(kind) ?? { kind, count: 0, bytes: 0, here: 0 }
    kinds.set(kind, row)
    return row
  }

  // Whether the unit that is being read is here, and whether it is left out: its parts are counted like it.
  let [known, ownerless] = [false, false]
  for await (const entry of reader.entries()) {
    if (entry.store === 'blob') {
      chunks.add(await deps.hash(entry.bytes), entry.bytes.length)
      kindOf('files').bytes += entry.bytes.length
      continue
    }
    if (entry.store === 'agents') here.bring(entry.record.id)
    if (isHead(entry)) [known, ownerless] = [here.has(entry), here.ownerless(entry)]
    const row = kindOf(KIND_OF[entry.store])
    row.bytes += entry.lineBytes
    if (isCounted(entry) && !ownerless) {
      row.count += 1
      if (known) row.here += 1
    }
    if (entry.store === 'agents' && agents.size < AGENTS_SHOWN) {
      const { id, name } = entry.record
      agents.set(id, { id, name, turns: 0, files: 0, here: known })
    } else if (entry.store === 'turns') {
      const agent = agents.get(entry.record.agent)
      if (agent) agent.turns += 1
    } else if (entry.store === 'files') {
      const agent = entry.record.deletedAt === null ? agents.get(entry.record.space) : undefined
      if (agent) agent.files += 1
    } else if (entry.store === 'fileVersions') {
      const fault = chunks.fault(entry.record)
      if (fault !== undefined) throw badArchive('bad-record', entry.number, fault)
    } else if (entry.store === 'models' && entry.record.source.kind === 'openai') {
      hosts.add(hostOf(entry.record.source.baseUrl))
    }
  }
  const { header, sha256, sizeBytes } = reader.result
  return {
    ...{ version: header.version, writtenBy: header.writtenBy, createdAt: header.createdAt, sizeBytes, sha256 },
    kinds: ArchiveKind.options.flatMap((kind) => kinds.get(kind) ?? []),
    agents: [...agents.values()],
    sendsTo: [...hosts],
  }
}
