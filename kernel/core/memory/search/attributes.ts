/**
 * What an index by meaning knows of a memory to filter by, and a filter in its terms. It may let too much through, never too
 * little: owners and scopes are hashes, and what cannot be said in its terms is left out. Whoever asks looks again (matches.ts).
 */
import type { MemoryFilter, MemoryKind } from '../../../abi/index.ts'
import type { MemoryRecord } from '../../storage/records.ts'
import type { VectorAttributes, VectorFilter } from '../vector-index.ts'
import { SCOPES_INSIDE } from './param.ts'

/** Stored with the vectors: these numbers never change. */
const KINDS: Readonly<Record<MemoryKind, number>> = { block: 0, fact: 1, experience: 2, shared: 3 }
const UNTRUSTED = 1
const NOBODY = 0

export function attributesOf(memory: MemoryRecord): VectorAttributes {
  return {
    owner: memory.owner === null ? NOBODY : numberOf(memory.owner),
    scope: numberOf(memory.scope),
    kind: KINDS[memory.kind],
    labels: memory.provenance.trust === 'untrusted' ? UNTRUSTED : 0,
    // What was true when it was written is true whatever a clock says that was set back since (matches.ts).
    time: memory.validFrom > memory.updatedAt ? memory.validFrom : 0,
    until: memory.validUntil ?? Infinity,
  }
}

export function sameAttributes(one: VectorAttributes, other: VectorAttributes): boolean {
  return (
    one.owner === other.owner &&
    one.scope === other.scope &&
    one.kind === other.kind &&
    one.labels === other.labels &&
    one.time === other.time &&
    one.until === other.until
  )
}

/** @returns the filter, and whether nothing of it is left out */
export function vectorFilterOf(filter: MemoryFilter, now: number): { filter: VectorFilter; whole: boolean } {
  const { owner, scopes, kinds, trust, validAt = now } = filter
  const fewScopes = scopes !== undefined && scopes.length <= SCOPES_INSIDE
  return {
    filter: {
      ...(owner !== undefined && { owners: owner === null ? [NOBODY] : [NOBODY, numberOf(owner)] }),
      ...(fewScopes && { scopes: scopes.map(numberOf) }),
      ...(kinds && { kinds: kinds.map((kind) => KINDS[kind]) }),
      ...(trust === 'trusted' && { noLabels: UNTRUSTED }),
      ...(trust === 'untrusted' && { allLabels: UNTRUSTED }),
      ...(validAt !== 'any' && { validAt }),
    },
    // Its time is from when a memory is true, if that is later than it was written; when that was is not in it.
    whole:
      typeof filter.validAt !== 'number' &&
      filter.from === undefined &&
      filter.to === undefined &&
      (scopes === undefined || fewScopes),
  }
}

/** FNV-1a (Fowler, Noll and Vo), of UTF-16 units; never 0, which is nobody's. */
function numberOf(name: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  return hash >>> 0 || 1
}
