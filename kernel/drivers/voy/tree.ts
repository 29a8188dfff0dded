/**
 * voy-search's k-d tree, with what it lacks made up for: it finds by Euclidean distance, so vectors have length 1; it gives no
 * scores; and it panics, leaving its object unusable, when 32 vectors share a coordinate, so every vector is moved a little,
 * by its id. Whoever searches must therefore compute scores, ask for some more than wanted, and fill a broken tree again.
 */
import * as voy from 'voy-search/voy_search_bg.js'
import type { EmbeddedResource, Voy } from 'voy-search'
import address from 'voy-search/voy_search_bg.wasm?url&inline'
import { HearthError } from '../../abi/index.ts'

/** How far a coordinate is moved at most: a score by less than 0.00001, and still to a thousand different values of float32. */
const SHIFT = 2e-5

let memory: WebAssembly.Memory | undefined
let loading: Promise<void> | undefined

/** Once for all indexes: voy-search has one memory. */
async function load(): Promise<void> {
  const bytes = await (await fetch(address)).arrayBuffer()
  const { instance } = await WebAssembly.instantiate(bytes, { './voy_search_bg.js': { ...voy } })
  voy.__wbg_set_wasm(instance.exports)
  memory = instance.exports['memory'] as WebAssembly.Memory
}

export async function createTree(): Promise<Tree> {
  loading ??= load()
  await loading
  return new Tree()
}

export class Tree {
  #voy: Voy | undefined = new voy.Voy({ embeddings: [] })

  /** It panicked, and holds nothing until it is filled. */
  get broken(): boolean {
    return this.#voy === undefined
  }

  /** Bytes of all trees together. */
  get memoryBytes(): number {
    return memory?.buffer.byteLength ?? 0
  }

  /**
   * Replaces everything, in one go: much faster than one by one, and as long as it takes.
   * @throws HearthError `internal` when voy-search panics
   */
  fill(rows: Iterable<readonly [id: number, vector: Float32Array]>): void {
    const embeddings = Array.from(rows, ([id, vector]) => itemOf(id, vector))
    this.#voy?.free()
    this.#voy = new voy.Voy({ embeddings: [] })
    this.#use((tree) => tree.index({ embeddings }))
  }

  /** Breaks the tree rather than to throw: what was stored is stored. */
  add(id: number, vector: Float32Array): void {
    this.#try((tree) => tree.add({ embeddings: [itemOf(id, vector)] }))
  }

  /** @param vector exactly what was added */
  remove(id: number, vector: Float32Array): void {
    this.#try((tree) => tree.remove({ embeddings: [itemOf(id, vector)] }))
  }

  /**
   * @returns ids, nearest first
   * @throws HearthError `internal` when voy-search panics
   */
  nearest(query: Float32Array, count: number): number[] {
    return this.#use((tree) => tree.search(query, count)).neighbors.map(({ id }) => Number(id))
  }

  free(): void {
    this.#voy?.free()
    this.#voy = undefined
  }

  #try(work: (tree: Voy) => void): void {
    try {
      if (this.#voy !== undefined) work(this.#voy)
    } catch {
      this.#voy = undefined
    }
  }

  #use<T>(work: (tree: Voy) => T): T {
    try {
      if (this.#voy === undefined) throw new Error('the tree is broken')
      return work(this.#voy)
    } catch (error) {
      // The object that panicked stays locked for ever, and cannot even be freed.
      this.#voy = undefined
      const reason = `voy-search failed: ${error instanceof Error ? error.message : String(error)}`
      const message = `${reason}. Nothing was lost; use the built-in vector index.`
      throw new HearthError('internal', message, { reason }, { cause: error })
    }
  }
}

function itemOf(id: number, vector: Float32Array): EmbeddedResource {
  let state = (id ^ 0x9e3779b9) >>> 0
  const embeddings = Array.from(vector, (value) => {
    // xorshift32 (Marsaglia, 2003): any sequence that differs from id to id would do.
    state ^= state << 13
    state ^= state >>> 17
    state = (state ^ (state << 5)) >>> 0
    return value + SHIFT * (state / 2 ** 32 - 0.5)
  })
  return { id: String(id), title: '', url: '', embeddings }
}
