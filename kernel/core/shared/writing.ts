/**
 * Compare-and-set. Each function decides on the entry as it is, holding its key until what was decided is committed or has
 * failed: of two writes of one version at once, the second finds that the first was there before.
 */
import type { Principal, Provenance, SharedEntry, SyscallArgs, SyscallResult } from '../../abi/index.ts'
import type { AtomicOutcome } from '../call.ts'
import type { Clock } from '../platform.ts'
import type { Mutation } from '../storage/database.ts'
import { KEY_END } from '../storage/records.ts'
import type { Board } from './board.ts'
import { goneEntry, idOf, isGone, isThere, makeEntry } from './entry.ts'
import type { Place } from './entry.ts'
import { absent, changed, tooMuch } from './errors.ts'
import type { KeyLocks } from './key-locks.ts'
import { SHARED_VALUE_UNITS, SHARED_VERSIONS_KEPT } from './param.ts'
import type { Room } from './room.ts'

export interface WritingDeps {
  readonly clock: Clock
  readonly board: Board
  readonly locks: KeyLocks
  readonly room: Room
  /** Version above which an entry begins that was never there, as far as anybody remembers. */
  readonly floor: () => number
  /** Takes these entries out of results on record (results.ts). */
  readonly resultsWithout: (ids: ReadonlySet<string>) => Promise<Mutation[]>
  /** Told of what was committed. */
  readonly onPut: (entries: readonly SharedEntry[]) => void
}

export type SetRequest = SyscallArgs<'shared.set'> & { readonly provenance: Provenance }
type DeleteRequest = SyscallArgs<'shared.delete'> & { readonly provenance: Provenance }
type ImportRequest = SyscallArgs<'shared.import'> & { readonly provenance: Provenance }

export interface Writing {
  set(request: SetRequest, signal?: AbortSignal): Promise<AtomicOutcome<SharedEntry>>
  delete(request: DeleteRequest, signal?: AbortSignal): Promise<AtomicOutcome<Record<string, never>>>
  import(request: ImportRequest, signal?: AbortSignal): Promise<AtomicOutcome<SyscallResult<'shared.import'>>>
}

/** One entry before and after. */
interface Change {
  readonly entry: SharedEntry
  readonly before: SharedEntry | undefined
}

export function createWriting({ clock, board, locks, room, floor, resultsWithout, onPut }: WritingDeps): Writing {
  /** Holds the keys of `places` while `decide` and the commit of what it returns are under way. */
  async function holding<R>(
    places: readonly Place[],
    signal: AbortSignal | undefined,
    decide: () => AtomicOutcome<R>,
  ): Promise<AtomicOutcome<R>> {
    const release = await locks.acquire(places.map(idOf), signal)
    try {
      const { result, writes, after, failed } = decide()
      return {
        result,
        writes,
        after() {
          after?.()
          release()
        },
        failed() {
          failed?.()
          release()
        },
      }
    } catch (error) {
      release()
      throw error
    }
  }

  /** Takes the room for changes; what of it was taken is given back when not all of it is to be had. */
  function commit<R>(result: R, changes: readonly Change[], by: Principal): AtomicOutcome<R> {
    const taken: (() => void)[] = []
    const giveBack = (): void => {
      for (const undo of taken.splice(0)) undo()
    }
    try {
      for (const { entry, before } of changes) taken.push(room.take(entry.scope, entry, before))
    } catch (error) {
      giveBack()
      throw error
    }
    return {
      result,
      writes: changes.flatMap((change) => writesOf(change, by, clock.now())),
      after: () => onPut(changes.map(({ entry }) => entry)),
      failed: giveBack,
    }
  }

  /** The version the next one of this entry has. */
  const next = (before: SharedEntry | undefined): number => (before?.version ?? floor()) + 1

  return {
    async set(request, signal) {
      return holding([request], signal, () => {
        const now = clock.now()
        const before = board.find(request)
        const there = isThere(before, now) ? before : undefined
        const { ifVersion, ...fresh } = request
        const at = there?.version ?? 0
        if (ifVersion !== undefined && ifVersion !== at) throw changed(request, at)
        const entry = makeEntry({ ...fresh, version: next(before) }, now, there)
        checkSize(entry)
        return commit(entry, [{ entry, before }], request.provenance.principal)
      })
    },

    async delete(request, signal) {
      const outcome = await holding([request], signal, () => {
        const now = clock.now()
        const before = board.find(request)
        if (!isThere(before, now)) throw absent(request)
        if (request.ifVersion !== undefined && request.ifVersion !== before.version)
          throw changed(request, before.version)
        return commit({}, [{ entry: goneEntry(before, now, request.provenance), before }], request.provenance.principal)
      })
      // While its key is held, so that no result comes after this.
      const results = await resultsWithout(new Set([idOf(request)])).catch((error: unknown) => {
        outcome.failed?.()
        throw error
      })
      return { ...outcome, writes: [...outcome.writes, ...results] }
    },

    async import({ entries, provenance }, signal) {
      const places = entries.map(({ scope, entry }) => ({ namespace: scope, key: entry.key }))
      return holding(places, signal, () => {
        const now = clock.now()
        const counts = { added: 0, replaced: 0, kept: 0 }
        const changes = new Map<string, Change>()
        for (const given of entries) {
          const { key, value } = given.entry
          const place = { namespace: given.scope, key }
          const id = idOf(place)
          const before = board.find(place)
          const newest = changes.get(id)?.entry ?? before
          const ended = given.validUntil !== null && given.validUntil <= now
          if (ended || (isThere(newest, now) && newest.updatedAt >= given.updatedAt)) {
            counts.kept += 1
            continue
          }
          const version = Math.max(given.version, next(before))
          const made = makeEntry({ ...place, value, validUntil: given.validUntil, provenance, version }, now)
          // Times are part of what is brought back; who says so is the one who brings it.
          const entry = {
            ...made,
            createdAt: Math.min(given.createdAt, now),
            updatedAt: Math.min(given.updatedAt, now),
          }
          checkSize(entry)
          if (!changes.has(id)) counts[isThere(before, now) ? 'replaced' : 'added'] += 1
          changes.set(id, { entry, before })
        }
        return commit(counts, [...changes.values()], provenance.principal)
      })
    },
  }
}

/** The entry, and what it was before in its history; nothing of it when it is deleted or begins anew. */
export function writesOf({ entry, before }: Change, by: Principal, at: number): Mutation[] {
  const put: Mutation = { op: 'put', store: 'shared', value: entry }
  if (before === undefined) return [put]
  const { id, version } = before
  if (isGone(entry) || !isThere(before, at)) {
    return [put, { op: 'delete-range', store: 'versions', from: [id, 0], to: [id, KEY_END] }]
  }
  const was = { record: id, version, memory: before, ended: { at, by, what: 'updated' as const } }
  const writes: Mutation[] = [put, { op: 'put', store: 'versions', value: was }]
  const oldest = version - SHARED_VERSIONS_KEPT
  if (oldest > 0) writes.push({ op: 'delete-range', store: 'versions', from: [id, 0], to: [id, oldest] })
  return writes
}

function checkSize({ entry }: SharedEntry): void {
  const units = JSON.stringify(entry?.value ?? null).length
  if (units <= SHARED_VALUE_UNITS) return
  const message = `That is ${units} characters of JSON and an entry holds ${SHARED_VALUE_UNITS}. Nothing was written; put what is long into a file.`
  throw tooMuch('whiteboard value', SHARED_VALUE_UNITS, message)
}
