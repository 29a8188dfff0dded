/** Files of sentence encoder weights with random numbers, and their parts again as float64. */

export interface Sizes {
  readonly words: number
  readonly specials: number
  readonly wordWidth: number
  readonly width: number
  readonly layers: number
  readonly heads: number
  readonly inner: number
  readonly positions: number
  readonly outputs: number
}

export interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly values: Float64Array
}

export interface Weights {
  readonly sizes: Sizes
  readonly embeddings: Matrix
  readonly inward: Matrix | null
  readonly positions: Matrix
  readonly layers: readonly {
    readonly attentionGain: Float64Array
    readonly projection: Matrix
    readonly gathering: Matrix
    readonly networkGain: Float64Array
    readonly up: Matrix
    readonly upBias: Float64Array
    readonly down: Matrix
    readonly downBias: Float64Array
  }[]
  readonly outward: Matrix
}

const HEADER_BYTES = 40

export const small: Sizes = {
  ...{ words: 30, specials: 3, wordWidth: 16, width: 32, layers: 2, heads: 4 },
  ...{ inner: 48, positions: 11, outputs: 16 },
}

/** Goes through the parts of a file in their order: what they are is up to `floats` and `matrix`. */
function walk(
  sizes: Sizes,
  floats: (count: number, about: number) => Float64Array,
  matrix: (rows: number, columns: number) => Matrix,
): Weights {
  const { words, specials, wordWidth, width, inner, positions, outputs } = sizes
  return {
    sizes,
    embeddings: matrix(words + specials, wordWidth),
    inward: wordWidth === width ? null : matrix(width, wordWidth),
    positions: { rows: positions, columns: width, values: floats(positions * width, 0) },
    layers: Array.from({ length: sizes.layers }, () => ({
      attentionGain: floats(width, 1),
      projection: matrix(3 * width, width),
      gathering: matrix(width, width),
      networkGain: floats(width, 1),
      up: matrix(inner, width),
      upBias: floats(inner, 0),
      down: matrix(width, inner),
      downBias: floats(width, 0),
    })),
    outward: matrix(outputs, width),
  }
}

/** A file whose numbers follow from `seed`, with states and scores about as large as those of trained weights. */
export function randomFile(sizes: Sizes, seed: number): Uint8Array {
  const random = generator(seed)
  const parts: Uint8Array[] = []
  const put = (values: Float32Array | Int8Array | Uint32Array): void => {
    parts.push(new Uint8Array(values.buffer))
  }
  const floats = (count: number, about: number): Float64Array => {
    const values = Float32Array.from({ length: count }, () => about + random() - 0.5)
    put(values)
    return Float64Array.from(values)
  }
  parts.push(new TextEncoder().encode('HSE1'))
  const { words, specials, wordWidth, width, layers, heads, inner, positions, outputs } = sizes
  put(Uint32Array.of(words, specials, wordWidth, width, layers, heads, inner, positions, outputs))
  walk(sizes, floats, (rows, columns) => {
    put(Float32Array.from({ length: rows }, () => (1 + 2 * random()) / 100 / Math.sqrt(columns)))
    put(Int8Array.from({ length: rows * columns }, () => Math.floor(random() * 255) - 127))
    return { rows, columns, values: new Float64Array() }
  })
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

export function readFile(file: Uint8Array): Weights {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const [
    words = 0,
    specials = 0,
    wordWidth = 0,
    width = 0,
    layers = 0,
    heads = 0,
    inner = 0,
    positions = 0,
    outputs = 0,
  ] = Array.from({ length: 9 }, (_, index) => view.getUint32(4 + 4 * index, true))
  let at = HEADER_BYTES
  const floats = (count: number): Float64Array =>
    Float64Array.from({ length: count }, () => view.getFloat32((at += 4) - 4, true))
  const matrix = (rows: number, columns: number): Matrix => {
    const scales = floats(rows)
    const value = (index: number): number => (scales[Math.floor(index / columns)] ?? 0) * view.getInt8(at++)
    return { rows, columns, values: Float64Array.from({ length: rows * columns }, (_, index) => value(index)) }
  }
  const sizes = { words, specials, wordWidth, width, layers, heads, inner, positions, outputs }
  return walk(sizes, floats, matrix)
}

/** Numbers from 0 to 1, always the same ones (Mulberry32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
