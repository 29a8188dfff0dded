/**
 * What a page is found by, in some 400 bytes that are stored with it: its words as numbers, and its vector by the built-in
 * embedder. Made once when the page is first looked through, so that neither a restart nor weeks later anything is read or
 * embedded again. Words are kept as hashes: two that collide, one pair in some 100,000 pages, look like the same word. Pure.
 */
import { WORDS_EDITION } from '../embeddings/param.ts'
import type { WordVectors } from '../memory/search/word-vectors.ts'
import { wordsOf } from '../memory/search/words.ts'
import { PAGE_WORDS } from './param.ts'

/** One byte each: version, whether there is a vector; two each: words, different words, dimensions; four: the embedder's file. */
const HEADER_BYTES = 12
const VERSION = 1

export interface PageDigest {
  /** Words of the page, also those that stand in it twice. */
  readonly length: number
  /** Hashes of its different words, ascending, and how often each is in it. */
  readonly words: Uint32Array
  readonly counts: Uint8Array
  /** Its vector times 127; null when none of its words is known, or no embedder was to be had. */
  readonly vector: Int8Array | null
}

/** What tells one file of word vectors from another, also of the same size: vectors of two are not to be compared. */
export const fileOf = (vectors: Pick<WordVectors, 'size' | 'dimensions'> | null): number =>
  vectors === null ? 0 : ((vectors.size * 1_021 + vectors.dimensions) * 31 + WORDS_EDITION) >>> 0

export function digestOf(text: string, vectors: WordVectors | null): Uint8Array<ArrayBuffer> {
  const all = wordsOf(text)
  const counts = new Map<number, number>()
  for (const word of all) {
    const hash = hashOf(word)
    if (counts.size < PAGE_WORDS || counts.has(hash)) counts.set(hash, (counts.get(hash) ?? 0) + 1)
  }
  const words = [...counts].sort(([left], [right]) => left - right)
  const vector = vectors?.embed(text) ?? null
  const bytes = new Uint8Array(HEADER_BYTES + 5 * words.length + (vector?.length ?? 0))
  const view = new DataView(bytes.buffer)
  view.setUint8(0, VERSION)
  view.setUint8(1, vector ? 1 : 0)
  view.setUint16(2, Math.min(all.length, 0xffff), true)
  view.setUint16(4, words.length, true)
  view.setUint16(6, vector?.length ?? 0, true)
  view.setUint32(8, fileOf(vectors), true)
  for (const [place, [hash, count]] of words.entries()) {
    view.setUint32(HEADER_BYTES + 4 * place, hash, true)
    bytes[HEADER_BYTES + 4 * words.length + place] = Math.min(count, 0xff)
  }
  if (vector) new Int8Array(bytes.buffer, HEADER_BYTES + 5 * words.length).set(vector.map((value) => value * 127))
  return bytes
}

/** Null for what an older version made, for what is damaged, and for what another file of word vectors was used. */
export function readDigest(bytes: Uint8Array, vectors: WordVectors | null): PageDigest | null {
  if (bytes.length < HEADER_BYTES) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = view.getUint16(4, true)
  const dimensions = view.getUint16(6, true)
  const isWhole = bytes.length === HEADER_BYTES + 5 * count + dimensions
  if (view.getUint8(0) !== VERSION || !isWhole) return null
  // Without an embedder words are all there is to go by, and those are right whatever made the vector.
  if (vectors !== null && view.getUint32(8, true) !== fileOf(vectors)) return null
  const words = new Uint32Array(count)
  for (const place of words.keys()) words[place] = view.getUint32(HEADER_BYTES + 4 * place, true)
  const counts = bytes.slice(HEADER_BYTES + 4 * count, HEADER_BYTES + 5 * count)
  const vector = new Int8Array(bytes.slice(HEADER_BYTES + 5 * count).buffer)
  return { length: view.getUint16(2, true), words, counts, vector: dimensions === 0 ? null : vector }
}

/** How often a page has a word, by its hash. */
export function countIn({ words, counts }: PageDigest, hash: number): number {
  let low = 0
  let high = words.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const here = words[middle] ?? 0
    if (here === hash) return counts[middle] ?? 0
    if (here < hash) low = middle + 1
    else high = middle - 1
  }
  return 0
}

/** FNV-1a over UTF-16 units (Fowler, Noll and Vo). */
export function hashOf(word: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
