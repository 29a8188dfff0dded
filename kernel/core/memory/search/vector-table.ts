/**
 * Vectors of length one by id, in one growing array, searched by reading all of them: 10,000 of 128 numbers take some
 * milliseconds. Pure and in memory. Larger collections belong in a vector index (vector-index.ts).
 */
export interface VectorTableHit {
  id: string
  /** Cosine with the query's vector. */
  cosine: number
}

const FIRST_ROWS = 64

export class VectorTable {
  readonly dimensions: number
  #rows: Float32Array
  readonly #ids: string[] = []
  /** Id to its row. */
  readonly #places = new Map<string, number>()

  constructor(dimensions: number) {
    this.dimensions = dimensions
    this.#rows = new Float32Array(FIRST_ROWS * dimensions)
  }

  get size(): number {
    return this.#ids.length
  }

  /** @param vector `dimensions` numbers, of length one; it is copied. */
  set(id: string, vector: Float32Array): void {
    const place = this.#places.get(id) ?? this.#append(id)
    this.#rows.set(vector, place * this.dimensions)
  }

  /** The last row moves into the gap. */
  remove(id: string): void {
    const place = this.#places.get(id)
    if (place === undefined) return
    this.#places.delete(id)
    const last = this.#ids.pop()
    if (last === undefined || last === id) return
    this.#rows.copyWithin(
      place * this.dimensions,
      this.#ids.length * this.dimensions,
      (this.#ids.length + 1) * this.dimensions,
    )
    this.#ids[place] = last
    this.#places.set(last, place)
  }

  /** Best first, those above zero. `allowed` filters before `count` cuts. */
  search(vector: Float32Array, count: number, allowed: (id: string) => boolean): VectorTableHit[] {
    let hits: VectorTableHit[] = []
    let bar = 0
    const best = (): VectorTableHit[] => {
      hits.sort((left, right) => right.cosine - left.cosine || (left.id < right.id ? -1 : 1))
      return hits.slice(0, count)
    }
    for (const [place, id] of this.#ids.entries()) {
      const cosine = dot(this.#rows, place * this.dimensions, vector)
      if (cosine <= 0 || cosine < bar || !allowed(id)) continue
      hits.push({ id, cosine })
      // Sorting all of them once at the end took four times as long as reading the vectors.
      if (hits.length < 2 * count) continue
      hits = best()
      bar = hits.at(-1)?.cosine ?? 0
    }
    return best()
  }

  #append(id: string): number {
    const place = this.#ids.push(id) - 1
    this.#places.set(id, place)
    if (this.#ids.length * this.dimensions > this.#rows.length) {
      const rows = new Float32Array(this.#rows.length * 2)
      rows.set(this.#rows)
      this.#rows = rows
    }
    return place
  }
}

/** Of `vector` and as many numbers of `rows` from `start` on. */
export function dot(rows: Float32Array, start: number, vector: Float32Array): number {
  let sum = 0
  for (let k = 0; k < vector.length; k += 1) sum += (rows[start + k] ?? 0) * (vector[k] ?? 0)
  return sum
}
