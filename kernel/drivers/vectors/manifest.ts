/**
 * The list of the segments that count, in segment 0. Segments are written under new numbers and count once a manifest names
 * them; what it does not name is left over from a kernel that died, and goes with the next checkpoint.
 */

export const MANIFEST_SEGMENT = 0

export interface Manifest {
  readonly rows: number
  /** Where walks through the graph begin. */
  readonly entryRow: number
  readonly entryLevel: number
  /** Number of the next segment. */
  readonly next: number
  /** Of each block: the number of the segment with its rows, and of that with its links or null. */
  readonly blocks: readonly { readonly rows: number; readonly links: number | null }[]
}

export const EMPTY_MANIFEST: Manifest = { rows: 0, entryRow: 0, entryLevel: 0, next: 1, blocks: [] }

export function encodeManifest(manifest: Manifest): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(manifest))
}

/** Of a payload whose checksum was right, so it is what was written. */
export function decodeManifest(payload: Uint8Array): Manifest {
  return JSON.parse(new TextDecoder().decode(payload)) as Manifest
}
