/** One thing that is measured. Every method does what an application would do with that library, no more and no less. */
import type { Data } from './data.ts'

/** Whom a filtered search looks for: one vector in ten has this owner. */
export const OWNERS = 10
export const OWNER = 3
export const ownerOf = (row: number): number => row % OWNERS

export interface Subject {
  /** Resolves once every vector can be searched as it will be from then on. */
  build(data: Data, deadline: () => boolean): Promise<void>
  addOne(row: number, vector: Float32Array): Promise<void> | void
  /** Rows, best first. */
  search(query: Float32Array, k: number): Promise<number[]> | number[]
  filtered?(query: Float32Array, k: number): Promise<number[]> | number[]
  /** @returns bytes stored */
  save?(): Promise<number>
  /** From what was saved, as after a restart. */
  load?(): Promise<void>
  /** Bytes of WebAssembly memory it holds; null for plain JavaScript, whose heap is measured around it. */
  bytes(): number | null
  readonly note?: string
}

export class NotFinished extends Error {}
