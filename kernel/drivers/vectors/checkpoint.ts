/**
 * Writes what changed into segments and makes them count: each block that differs under a new number, then, in one commit,
 * the manifest that names them, without the changes they contain and the segments they replace. A kernel may die between any
 * two commits: the manifest before still holds, and the changes since are still there.
 *
 * Changes go on meanwhile; those applied after the beginning stay journaled. The graph must stand still (maintenance.ts).
 */
import type { Instance } from './instance.ts'
import { segmentRoom } from './instance.ts'
import { encodeManifest, MANIFEST_SEGMENT } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import type { SegmentStorage } from './storage.ts'

export interface Stored {
  manifest: Manifest
  /** Segments of changes that are applied, and so in the rows. */
  changes: number[]
  /** Vectors they are about. */
  journaled: number
  /** Segments that no manifest names: those of checkpoints that failed. */
  leftovers: number[]
  /** Whether segments of a kernel that died may be there. */
  swept: boolean
}

export async function writeCheckpoint(
  instance: Instance,
  storage: SegmentStorage,
  stored: Stored,
  withLinks: boolean,
): Promise<void> {
  const { call } = instance
  const applied = [...stored.changes]
  const journaled = stored.journaled
  const blockRows = 2 ** call.rowBits()
  const blockCount = Math.ceil(call.rowCount() / blockRows)
  const graph = withLinks && call.linkedCount() > 0
  const blocks: Manifest['blocks'][number][] = []
  const written: { segment: number; block: number; kind: 'rows' | 'links' }[] = []
  let { rows, next } = stored.manifest

  const write = async (kind: 'rows' | 'links', block: number): Promise<number> => {
    const bytes = encodeBlock(instance, storage, kind, block)
    const segment = next++
    written.push({ segment, block, kind })
    await storage.commit([storage.put(segment, bytes)], 'relaxed')
    return segment
  }

  try {
    for (let block = 0; block < blockCount; block++) {
      const old = stored.manifest.blocks[block]
      // Read here, at one moment with what is encoded: the last block grows meanwhile.
      rows = Math.min(call.rowCount(), (block + 1) * blockRows)
      const changed = call.changed(block)
      const rowSegment = old === undefined || (changed & 1) !== 0 ? await write('rows', block) : old.rows
      const oldLinks = old?.links ?? null
      let links = withLinks ? null : oldLinks
      if (graph) links = oldLinks !== null && (changed & 2) === 0 ? oldLinks : await write('links', block)
      blocks.push({ rows: rowSegment, links })
    }
    if (blockCount === 0) rows = 0
    const entry = withLinks ? { entryRow: call.entryRow(), entryLevel: call.entryLevel() } : stored.manifest
    const manifest: Manifest = { rows, entryRow: entry.entryRow, entryLevel: entry.entryLevel, next, blocks }
    const text = encodeManifest(manifest)
    const bytes = storage.encode('manifest', 0, text.length, (payload) => payload.set(text))
    const gone = [...replaced(stored.manifest, manifest), ...applied, ...stored.leftovers]
    const sweep = stored.swept ? [] : [storage.removeFrom(next)]
    const removals = gone.map((segment) => storage.remove(segment))
    await storage.commit([storage.put(MANIFEST_SEGMENT, bytes), ...removals, ...sweep], 'strict')
    stored.manifest = manifest
    stored.leftovers = []
    stored.swept = true
    stored.changes = stored.changes.filter((segment) => !applied.includes(segment))
    stored.journaled -= journaled
  } catch (error) {
    stored.manifest = { ...stored.manifest, next }
    for (const { segment, block, kind } of written) {
      stored.leftovers.push(segment)
      if (kind === 'rows') call.setRowsChanged(block, true)
      else call.setLinksChanged(block, true)
    }
    throw error
  }
}

/** From here on the block counts as saved; whoever fails to commit must say that it is not. */
function encodeBlock(
  instance: Instance,
  storage: SegmentStorage,
  kind: 'rows' | 'links',
  block: number,
): Uint8Array<ArrayBuffer> {
  const { call } = instance
  const room = segmentRoom(call)
  const at = instance.reserve(room)
  const length = kind === 'rows' ? call.saveRows(block, at) : call.saveLinks(block, at, room)
  if (kind === 'rows') call.setRowsChanged(block, false)
  else call.setLinksChanged(block, false)
  return storage.encode(kind, block, length, (payload) => payload.set(instance.bytes(at, length)))
}

function replaced(before: Manifest, after: Manifest): number[] {
  const named = new Set(after.blocks.flatMap(({ rows, links }) => [rows, links]))
  return before.blocks
    .flatMap(({ rows, links }) => [rows, links])
    .filter((segment) => segment !== null && segment !== MANIFEST_SEGMENT && !named.has(segment))
    .filter((segment) => segment !== null)
}
