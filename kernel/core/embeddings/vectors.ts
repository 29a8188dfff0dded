/**
 * The seam between memory's search and embeddings: search knows memories and what to filter by, this side knows who embeds
 * them, in which collection of vectors they are, and which collection is being made to follow it. Vectors are known by the
 * number of their memory. Nobody else opens a collection.
 */
import type { WordVectors } from '../memory/search/word-vectors.ts'
import type { VectorAttributes, VectorFilter, VectorHit } from '../memory/vector-index.ts'
import type { Mutation } from '../storage/database.ts'

/** What is to be embedded. Read in slices, so it may change in between. */
export interface EmbeddingSource {
  /** Numbers of all memories that have a text. */
  numbers(): Iterable<number>
  /** Undefined for one that is gone. */
  entry(number: number): { readonly text: string; readonly attributes: Partial<VectorAttributes> } | undefined
}

export interface VectorPut {
  readonly number: number
  readonly text: string
  readonly attributes: Partial<VectorAttributes>
  /** True for a new one. When only attributes change, its vector stays. */
  readonly textChanged: boolean
}

export interface VectorsChange {
  readonly put: readonly VectorPut[]
  /** Numbers; those that have no vector are no error. */
  readonly remove: readonly number[]
}

export interface PreparedVectors {
  /** To be committed in one transaction with the memories. */
  readonly writes: readonly Mutation[]
  /** Makes the change visible, once `writes` are committed and the source knows the memories as they are now. */
  apply(): void
  /** Instead of `apply` when they could not be committed. Without it these memories are embedded after the next start only. */
  drop(): void
}

export interface Vectors {
  /** What to embed, once it can be asked. What has no vector yet gets one in the background from then on. */
  attach(source: EmbeddingSource): void
  /**
   * Checks a change and says what to write for it in every collection. With an embedder that answers at once the vectors are
   * in it; otherwise they follow in the background.
   * @throws HearthError `storage-failed`, `over-limit` when a collection cannot take it
   */
  prepare(change: VectorsChange): Promise<PreparedVectors>
  /**
   * The most similar memories by the embedder that is current, best first; null when no vector is to be had now, so that a
   * search goes by words alone. Never rejects.
   * @param k from 1 to 1,024
   */
  search(text: string, purpose: 'query' | 'document', k: number, filter?: VectorFilter): Promise<VectorHit[] | null>
  /** The built-in word vectors, read once; null when their file cannot be had now. */
  words(): Promise<WordVectors | null>
}
