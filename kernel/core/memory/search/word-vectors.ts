/**
 * Vectors of words, and of texts where there are too many for an embedder: the weighted mean of the vectors of a text's words,
 * rare ones counting more (Arora et al., "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", 2017). Needs no download
 * beyond its own file (wasm/words, whose README says what it can and cannot do). Pure; takes some microseconds a text. Vectors
 * of memories are made in core/embeddings, and not to be compared with these.
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
const NEWLINE = 10

/** Words whose place is remembered, so that a text is not looked up letter by letter again. */
const PLACES_HELD = 20_000

export class WordVectors {
  /** Numbers of one vector. */
  readonly dimensions: number
  /** The words in the order of their bytes, each ended by a newline. */
  readonly #text: Uint8Array
  /** By word: where it starts in the text; one more at the end. */
  readonly #starts: Uint32Array
  /** By word: how much it says, of 65,535, in two bytes. */
  readonly #weights: Uint8Array
  /** By word: its vector as it stands in the file. */
  readonly #codes: Int8Array
  /** By word: length of its vector as it stands in the file, once it was needed. */
  readonly #lengths: Float32Array
  /** Where words stand that were asked for; -1 for those that are not known. */
  readonly #places = new Map<string, number>()

  private constructor(text: Uint8Array, starts: Uint32Array, weights: Uint8Array, codes: Int8Array) {
    this.dimensions = codes.length / (starts.length - 1)
    this.#text = text
    this.#starts = starts
    this.#weights = weights
    this.#codes = codes
    this.#lengths = new Float32Array(starts.length - 1)
  }

  get size(): number {
    return this.#lengths.length
  }

  /**
   * Takes a millisecond: words are looked up where they stand, and neither a table of them nor their vectors are made.
   * @throws HearthError `bad-model` when the bytes are not a whole file of word vectors.
   */
  static parse(bytes: Uint8Array): WordVectors {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (bytes.length < HEADER_BYTES || String.fromCharCode(...bytes.subarray(0, 4)) !== 'HWV2')
      throw damaged('no header')
    const count = view.getUint32(4, true)
    const dimensions = view.getUint32(8, true)
    const textBytes = view.getUint32(12, true)
    const weightsAt = HEADER_BYTES + textBytes
    const vectorsAt = weightsAt + 2 * count
    if (count === 0 || dimensions === 0 || bytes.length !== vectorsAt + count * dimensions) throw damaged('cut short')
    const text = bytes.subarray(HEADER_BYTES, weightsAt)
    const starts = new Uint32Array(count + 1)
    let end = 0
    for (let word = 1; word <= count && end < text.length; word += 1) {
      end = text.indexOf(NEWLINE, end) + 1
      if (end === 0) break
      starts[word] = end
    }
    if (starts[count] !== text.length) throw damaged('its words do not match its vectors')
    const weights = bytes.subarray(weightsAt, vectorsAt)
    const codes = new Int8Array(bytes.buffer, bytes.byteOffset + vectorsAt, count * dimensions)
    return new WordVectors(text, starts, weights, codes)
  }

  /** A vector of length one, `dimensions` numbers; null when no word of the text is known. */
  embed(text: string): Float32Array | null {
    const sum = new Float32Array(this.dimensions)
    let known = false
    // Words such as "where" and "does" stand beside anything, so that their vectors mean little.
    for (const { written } of tellingWordsOf(text)) {
      const at = this.placeOf(written)
      if (at === undefined) continue
      known = true
      this.#addTo(sum, at, this.#weightAt(at))
    }
    return known && normalise(sum) ? sum : null
  }

  /** The vector of one word in lower case, of length one; undefined when it is not known. */
  vectorOf(word: string): Float32Array | undefined {
    const at = this.placeOf(word)
    if (at === undefined) return undefined
    const vector = new Float32Array(this.dimensions)
    this.#addTo(vector, at, 1)
    return vector
  }

  /** How much a word says by itself, from 0 to 1, by how rare it is in the language; undefined when it is not known. */
  weightOf(word: string): number | undefined {
    const at = this.placeOf(word)
    return at === undefined ? undefined : this.#weightAt(at)
  }

  /** All vectors as they stand in the file, and what to multiply each with so that it is as long as its word counts. */
  embeddings(): { readonly scales: Float32Array; readonly codes: Int8Array } {
    const scales = Float32Array.from({ length: this.size }, (_, at) => this.#weightAt(at) / this.#lengthAt(at))
    return { scales, codes: this.#codes }
  }

  /** Place of a word in lower case, or else of its base form, among the words of the file. */
  placeOf(word: string): number | undefined {
    let at = this.#places.get(word)
    if (at === undefined) {
      at = this.#search(word) ?? -1
      if (this.#places.size >= PLACES_HELD) this.#places.clear()
      this.#places.set(word, at)
    }
    return at < 0 ? undefined : at
  }

  /** Where exactly these letters stand, by halves. */
  exactPlaceOf(word: string): number | undefined {
    let [low, high] = [0, this.size - 1]
    while (low <= high) {
      const middle = (low + high) >>> 1
      const order = this.#compare(word, middle)
      if (order === 0) return middle
      if (order < 0) high = middle - 1
      else low = middle + 1
    }
    return undefined
  }

  /** Adds a word's vector, brought to a length of `weight`. */
  #addTo(sum: Float32Array, at: number, weight: number): void {
    const start = at * this.dimensions
    const scale = weight / this.#lengthAt(at)
    for (let k = 0; k < sum.length; k += 1) sum[k] = (sum[k] ?? 0) + scale * (this.#codes[start + k] ?? 0)
  }

  #weightAt(at: number): number {
    return ((this.#weights[2 * at] ?? 0) + 256 * (this.#weights[2 * at + 1] ?? 0)) / 65_535
  }

  #lengthAt(at: number): number {
    const known = this.#lengths[at] ?? 0
    if (known > 0) return known
    let square = 0
    for (let k = at * this.dimensions; k < (at + 1) * this.dimensions; k += 1) square += (this.#codes[k] ?? 0) ** 2
    // The same number each time: what is kept has fewer digits.
    return (this.#lengths[at] = Math.fround(Math.sqrt(square)) || 1)
  }

  #search(word: string): number | undefined {
    const exact = this.exactPlaceOf(word)
    if (exact !== undefined) return exact
    for (const [ending, instead] of ENDINGS) {
      if (!word.endsWith(ending) || word.length - ending.length < 2) continue
      const stem = word.slice(0, -ending.length)
      const found = this.exactPlaceOf(stem + instead)
      if (found !== undefined) return found
      // A consonant that was doubled for the ending: planned, running.
      const single = instead === '' && stem.at(-1) === stem.at(-2) ? this.exactPlaceOf(stem.slice(0, -1)) : undefined
      if (single !== undefined) return single
    }
    return undefined
  }

  /** Negative when the word comes before the one at a place. Those of the file are ASCII. */
  #compare(word: string, place: number): number {
    const start = this.#starts[place] ?? 0
    const length = (this.#starts[place + 1] ?? 0) - start - 1
    for (let at = 0; at < length && at < word.length; at += 1) {
      const difference = word.charCodeAt(at) - (this.#text[start + at] ?? 0)
      if (difference !== 0) return difference
    }
    return word.length - length
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
