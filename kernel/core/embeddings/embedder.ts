/** Turns text into vectors. The built-in one is made in core/memory/search/word-vectors.ts; engines make the others. */
import type { EmbedderInfo } from '../../abi/index.ts'

export interface Embedder extends AsyncDisposable {
  readonly info: EmbedderInfo
  /** Numbers of a vector; known once something was embedded. */
  readonly dimensions: number | null
  /** True when it answers in microseconds and never waits: memories are embedded as they are written. */
  readonly immediate: boolean
  /**
   * A vector of length one for each text, in order; null for a text that it knows nothing about.
   * @param purpose some models want to be told
   * @throws HearthError `engine-lost`, `no-lender`, `engine-failed`, `download-failed`, or the signal's reason
   */
  embed(
    texts: readonly string[],
    purpose: 'query' | 'document',
    signal: AbortSignal,
  ): Promise<readonly (Float32Array | null)[]>
}
