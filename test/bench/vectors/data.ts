/**
 * Vectors that resemble embeddings of texts, the same for the same seed: topics of very different size, texts spread around
 * them, most of the variance in few directions, those directions turned so that no component is special. What matters for
 * an index is measured of them and printed: how similar two at random are, and how similar the ten best are to a query.
 */

export const DIMENSIONS = 384

/** Components are mixed in groups of a power of two by Walsh-Hadamard transforms; 384 is three of these. */
const GROUP = 128

export interface Data {
  readonly count: number
  /** `count` vectors of length 1, one after another. */
  readonly base: Float32Array
  readonly queries: readonly Float32Array[]
}

/** mulberry32 (Tommy Ettinger, public domain). */
function randomness(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * @param spread of texts around their topic; 1.3 makes the ten best of 100,000 about as similar to a query (cosine 0.5 to 0.6)
 * as sentences on the same subject are under common embedding models
 */
export function makeData(count: number, queries: number, seed = 1, spread = 1.3): Data {
  const random = randomness(seed)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const deviation = Float64Array.from({ length: DIMENSIONS }, (_, at) => 1 / Math.sqrt(1 + at / 12))
  const draw = (): Float64Array => toUnit(deviation.map((value) => value * normal()))
  const topics = Array.from({ length: Math.max(8, Math.round(count / 200)) }, draw)
  const signs = Float64Array.from({ length: 2 * DIMENSIONS }, () => (random() < 0.5 ? -1 : 1))
  const all = new Float32Array((count + queries) * DIMENSIONS)
  for (let row = 0; row < count + queries; row++) {
    const topic = topics[Math.floor(topics.length * random() ** 1.5)] ?? draw()
    const own = draw()
    const distance = spread * (0.7 + 0.6 * random())
    all.set(
      toUnit(
        turn(
          topic.map((value, at) => value + distance * (own[at] ?? 0)),
          signs,
        ),
      ),
      row * DIMENSIONS,
    )
  }
  return {
    count,
    base: all.subarray(0, count * DIMENSIONS),
    queries: Array.from({ length: queries }, (_, at) =>
      all.slice((count + at) * DIMENSIONS, (count + at + 1) * DIMENSIONS),
    ),
  }
}

export const vectorAt = (data: Data, row: number): Float32Array =>
  data.base.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS)

function toUnit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
  return vector.map((value) => value / length)
}

/** A rotation, nearly: random signs, a transform of each group, and a shuffle of the groups, twice. */
function turn(vector: Float64Array, signs: Float64Array): Float64Array {
  let turned = vector
  for (let round = 0; round < 2; round++) {
    const mixed = turned.map((value, at) => value * (signs[round * DIMENSIONS + at] ?? 1))
    for (let group = 0; group < DIMENSIONS; group += GROUP) transform(mixed.subarray(group, group + GROUP))
    turned = mixed.map((_, at) => mixed[(at % 3) * GROUP + Math.floor(at / 3)] ?? 0)
  }
  return turned
}

function transform(values: Float64Array): void {
  for (let half = 1; half < values.length; half *= 2) {
    for (let start = 0; start < values.length; start += 2 * half) {
      for (let at = start; at < start + half; at++) {
        const [left, right] = [values[at] ?? 0, values[at + half] ?? 0]
        values[at] = left + right
        values[at + half] = left - right
      }
    }
  }
}

/** Rows of the `k` vectors most similar to `query`, best first, by float32 and by comparing with all: the truth. */
export function nearestOf(data: Data, query: Float32Array, k: number, wanted: (row: number) => boolean): number[] {
  const best: { row: number; score: number }[] = []
  for (let row = 0; row < data.count; row++) {
    if (!wanted(row)) continue
    const score = product(data.base, row * DIMENSIONS, query)
    if (best.length === k && score <= (best[k - 1]?.score ?? 0)) continue
    let at = best.length
    while (at > 0 && (best[at - 1]?.score ?? 0) < score) at--
    best.splice(at, 0, { row, score })
    if (best.length > k) best.pop()
  }
  return best.map(({ row }) => row)
}

export function product(base: Float32Array, offset: number, query: Float32Array): number {
  let sum = 0
  for (let at = 0; at < query.length; at++) sum += (base[offset + at] ?? 0) * (query[at] ?? 0)
  return sum
}
