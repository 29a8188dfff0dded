/**
 * Reads an index back: the manifest, the rows and links it names, and the changes since. Segments are read several at a time
 * and each is put in place in a turn of its own, so that no step holds the thread for more than a few milliseconds.
 */
import type { SegmentDamage } from '../../core/memory/vector-index.ts'
import type { Clock } from '../../core/platform.ts'
import { VECTOR_READS } from '../../core/memory/param.ts'
import type { Instance } from './instance.ts'
import { memoryFull } from './instance.ts'
import { applyChanges, countOf } from './journal.ts'
import type { Manifest } from './manifest.ts'
import { decodeManifest, EMPTY_MANIFEST, MANIFEST_SEGMENT } from './manifest.ts'
import { damagedError } from './segment.ts'
import { blockOfChange } from './storage.ts'
import type { SegmentStorage } from './storage.ts'

export interface Loaded {
  readonly manifest: Manifest
  readonly damage: readonly SegmentDamage[]
  /** Segments that the manifest no longer names, because they belonged to a graph that is not whole. */
  readonly leftovers: readonly number[]
  /** Segments of the changes that were applied, and how many vectors they are about. */
  readonly changes: readonly number[]
  readonly journaled: number
}

export interface LoadContext {
  readonly instance: Instance
  readonly storage: SegmentStorage
  readonly shape: number
  readonly clock: Pick<Clock, 'sleep'>
  /** Refuses, or notes the damage and goes on. */
  readonly damaged: 'refuse' | 'skip'
}

/** @throws HearthError `storage-failed` for damage that is to be refused, `conflict`, `over-limit` */
export async function loadIndex(context: LoadContext): Promise<Loaded> {
  const { instance, storage } = context
  const damage: SegmentDamage[] = []
  const note = (found: SegmentDamage): void => {
    if (context.damaged === 'refuse') throw damagedError(storage.collection, found.segment, found.what)
    damage.push(found)
  }
  const manifest = await readManifest(context, note)
  if (!instance.call.beginLoad(manifest.rows)) throw memoryFull(instance.limit)
  await readRows(context, manifest, note)
  const whole = await readLinks(context, manifest, note)
  instance.call.endLoad(whole ? manifest.entryRow : 0, whole ? manifest.entryLevel : 0)
  const links = manifest.blocks.map((block) => block.links).filter((segment) => segment !== null)
  return {
    manifest: whole ? manifest : { ...manifest, blocks: manifest.blocks.map(({ rows }) => ({ rows, links: null })) },
    leftovers: whole ? [] : links,
    damage,
    ...(await readChanges(context, note)),
  }
}

type Note = (damage: SegmentDamage) => void

async function readManifest(context: LoadContext, note: Note): Promise<Manifest> {
  const { storage } = context
  const record = await storage.read(MANIFEST_SEGMENT)
  if (record === undefined) return EMPTY_MANIFEST
  storage.checkShape(record, context.shape)
  const payload = storage.decode('manifest', 0, record)
  if (payload !== null) return decodeManifest(payload)
  const manifest = await recoverManifest(context)
  note({ segment: MANIFEST_SEGMENT, what: 'manifest', vectors: 0 })
  return manifest
}

/** The newest rows there are of each block; links would have to be of one moment, so they are made again. */
async function recoverManifest({ instance, storage }: LoadContext): Promise<Manifest> {
  const found = await storage.rows()
  const blockRows = 2 ** instance.call.rowBits()
  const last = found.at(-1)
  const inLast = last === undefined ? 0 : Math.floor((last.length - blockRows / 8) / instance.call.rowBytes())
  const blocks = Array.from({ length: (last?.block ?? -1) + 1 }, (_, block) => ({
    rows: found.find((segment) => segment.block === block)?.segment ?? MANIFEST_SEGMENT,
    links: null,
  }))
  const next = found.reduce((highest, { segment }) => Math.max(highest, segment), 0) + 1
  return { ...EMPTY_MANIFEST, rows: Math.max(0, blocks.length - 1) * blockRows + inLast, next, blocks }
}

async function readRows({ instance, storage }: LoadContext, manifest: Manifest, note: Note): Promise<void> {
  const blockRows = 2 ** instance.call.rowBits()
  await severalAtOnce(manifest.blocks, async ({ rows: segment }, block) => {
    const payload = storage.decode('rows', block, await storage.read(segment))
    if (payload !== null && instance.call.loadRows(block, instance.lend(payload), payload.length)) return
    note({ segment, what: 'rows', vectors: Math.min(blockRows, manifest.rows - block * blockRows) })
    instance.call.setRowsChanged(block, true)
  })
}

/** All links or none: half a graph leads nowhere. @returns whether all could be read */
async function readLinks(context: LoadContext, manifest: Manifest, note: Note): Promise<boolean> {
  const { instance, storage, clock } = context
  const payloads: { block: number; segment: number; payload: Uint8Array }[] = []
  const missing: number[] = []
  await severalAtOnce(manifest.blocks, async ({ links: segment }, block) => {
    if (segment === null) return
    const payload = storage.decode('links', block, await storage.read(segment))
    if (payload !== null) return void payloads.push({ block, segment, payload })
    missing.push(segment)
    note({ segment, what: 'links', vectors: 0 })
  })
  if (missing.length > 0) return false
  for (const { block, segment, payload } of payloads) {
    const result = instance.call.loadLinks(block, instance.lend(payload), payload.length)
    if (result === 1) throw damagedError(storage.collection, segment, 'links')
    if (result === 2) throw memoryFull(instance.limit)
    await clock.sleep(0)
  }
  return true
}

async function readChanges(context: LoadContext, note: Note): Promise<Pick<Loaded, 'changes' | 'journaled'>> {
  const { instance, storage, clock } = context
  const changes: number[] = []
  let journaled = 0
  for (const record of await storage.changes()) {
    storage.checkShape(record, context.shape)
    const payload = storage.decode('changes', blockOfChange(record.segment), record)
    // Damaged ones count as applied too: the next checkpoint takes them away.
    changes.push(record.segment)
    if (payload === null) {
      note({ segment: record.segment, what: 'changes', vectors: 1 })
      continue
    }
    applyChanges(instance, payload)
    journaled += countOf(payload)
    await clock.sleep(0)
  }
  return { changes, journaled }
}

/** Begins the next as one ends. The first failure is thrown when those that had begun are over. */
async function severalAtOnce<T>(items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  let next = 0
  const failures: unknown[] = []
  const lane = async (): Promise<void> => {
    for (let index = next++; index < items.length && failures.length === 0; index = next++) {
      const item = items[index]
      if (item === undefined) return
      try {
        await work(item, index)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: VECTOR_READS }, lane))
  if (failures.length > 0) throw failures[0]
}
