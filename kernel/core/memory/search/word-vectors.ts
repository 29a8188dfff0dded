/**
 * The built-in embedder: a text's vector is the weighted mean of its words' vectors, rare words counting more (Arora et al.,
 * "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", 2017). Needs no model and no download beyond its own
 * file (wasm/words, whose README says what it can and cannot do). Pure; takes some microseconds a text.
 */
import { HearthError } from '../../../abi/index.ts'
import { tellingWordsOf } from './words.ts'

/** Endings that are taken off while that leaves a known word; the same rules as where the vectors are made. */
const ENDINGS: readonly (readonly [ending: string, instead: string])[] = [
  ...([
    ['ies', 'y'],
    ['ves', 'f'],
    ['sses', 'ss'],
    ['ches', 'ch'],
    ['shes', 'sh'],
    ['xes', 'x'],
    ['zes', 'z'],
  ] as const),
  ...([
    ['men', 'man'],
    ['s', ''],
    ['ied', 'y'],
    ['ed', 'e'],
    ['ed', ''],
    ['ing', 'e'],
    ['ing', ''],
  ] as const),
  ...([
    ['er', ''],
    ['er', 'e'],
    ['est', ''],
    ['est', 'e'],
  ] as const),
]

const HEADER_BYTES = 16

export class WordVectors {
  /** Numbers of one vector. */
  readonly dimensions: number
  readonly #index: ReadonlyMap<string, number>
  /** By word: how much it says, from 0 to 1. */
  readonly #weights: Float32Array
  /** By word: its vector as it stands in the file. */
  readonly #codes: Int8Array
  /** By word: its vector of length one, once it was needed; making all 30,000 at once would hold the thread for 50 ms. */
  readonly #vectors: Float32Array
  readonly #made: Uint8Array

  private constructor(index: ReadonlyMap<string, number>, weights: Float32Array, codes: Int8Array) {
    this.dimensions = codes.length / weights.length
    this.#index = index
    this.#weights = weights
    this.#codes = codes
    this.#vectors = new Float32Array(codes.length)
    this.#made = new Uint8Array(weights.length)
  }

  get size(): number {
    return this.#index.size
  }

  /** @throws HearthError `bad-model` when the bytes are not a whole file of word vectors. */
  static parse(bytes: Uint8Array): WordVectors {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (bytes.length < HEADER_BYTES || String.fromCharCode(...bytes.subarray(0, 4)) !== 'HWV1')
      throw damaged('no header')
    const count = view.getUint32(4, true)
    const dimensions = view.getUint32(8, true)
    const textBytes = view.getUint32(12, true)
    const weightsAt = HEADER_BYTES + textBytes
    const vectorsAt = weightsAt + 2 * count
    if (count === 0 || dimensions === 0 || bytes.length !== vectorsAt + count * dimensions) throw damaged('cut short')
    const words = new TextDecoder().decode(bytes.subarray(HEADER_BYTES, weightsAt)).split('\n')
    if (words.length !== count) throw damaged('its words do not match its vectors')
    const weights = new Float32Array(count)
    for (const at of weights.keys()) weights[at] = view.getUint16(weightsAt + 2 * at, true) / 65_535
    const codes = new Int8Array(bytes.buffer, bytes.byteOffset + vectorsAt, count * dimensions)
    const index = new Map<string, number>()
    for (const [at, word] of words.entries()) index.set(word, at)
    return new WordVectors(index, weights, codes)
  }

  /** A vector of length one, `dimensions` numbers; null when no word of the text is known. */
  embed(text: string): Float32Array | null {
    const sum = new Float32Array(this.dimensions)
    let known = false
    // Words such as "where" and "does" stand in no gloss, so that their vectors mean little and their weights are high.
    for (const { written } of tellingWordsOf(text)) {
      const at = this.#find(written)
      if (at === undefined) continue
      known = true
      const weight = this.#weights[at] ?? 0
      const vector = this.#vectorAt(at)
      for (let k = 0; k < sum.length; k += 1) sum[k] = (sum[k] ?? 0) + weight * (vector[k] ?? 0)
    }
    return known && normalise(sum) ? sum : null
  }

  /** The vector of one word in lower case, of length one and not to be written to; undefined when it is not known. */
  vectorOf(word: string): Float32Array | undefined {
    const at = this.#find(word)
    return at === undefined ? undefined : this.#vectorAt(at)
  }

  #vectorAt(at: number): Float32Array {
    const start = at * this.dimensions
    const vector = this.#vectors.subarray(start, start + this.dimensions)
    if (this.#made[at] !== 1) {
      vector.set(this.#codes.subarray(start, start + this.dimensions))
      normalise(vector)
      this.#made[at] = 1
    }
    return vector
  }

  #find(word: string): number | undefined {
    const exact = this.#index.get(word)
    if (exact !== undefined) return exact
    for (const [ending, instead] of ENDINGS) {
      if (!word.endsWith(ending) || word.length - ending.length < 2) continue
      const stem = word.slice(0, -ending.length)
      const found = this.#index.get(stem + instead)
      if (found !== undefined) return found
      // A consonant that was doubled for the ending: planned, running.
      const single = instead === '' && stem.at(-1) === stem.at(-2) ? this.#index.get(stem.slice(0, -1)) : undefined
      if (single !== undefined) return single
    }
    return undefined
  }
}

/** To length one, in place. False when it has no direction. */
function normalise(vector: Float32Array): boolean {
  let square = 0
  for (const value of vector) square += value * value
  if (square === 0) return false
  const scale = 1 / Math.sqrt(square)
  // By index: an iterator of pairs takes eight times as long.
  for (let k = 0; k < vector.length; k += 1) vector[k] = (vector[k] ?? 0) * scale
  return true
}

function damaged(reason: string): HearthError<'bad-model'> {
  const message =
    'The file of word vectors is damaged, so memory is searched by words alone. Reload the page to fetch it again.'
  return new HearthError('bad-model', message, { model: 'words', reason })
}
