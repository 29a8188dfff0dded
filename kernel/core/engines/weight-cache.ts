/**
 * Weights that an engine fetches and keeps by itself, in the browser's cache instead of in `ModelFiles`: how much of a model is
 * there, and deleting it. Asking never loads the engine. Drivers: drivers/webllm and its in-memory twin.
 */
import type { ModelSource } from '../../abi/index.ts'

/** Sources whose bytes the engine keeps. */
export type CachedSource = Extract<ModelSource, { kind: 'webllm' | 'webllm-url' }>

export interface CachedWeights {
  /** Bytes of all that is there of the model; 0 when nothing is but a library that other models share. */
  readonly bytes: number
  /** Bytes of all that there will be; null while the list of weights is not there. */
  readonly totalBytes: number | null
  /** True when the model loads without the network. */
  readonly complete: boolean
}

export interface WeightCache {
  /** What is there of each, in the same order. @throws HearthError `storage-failed`. */
  look(sources: readonly CachedSource[]): Promise<readonly CachedWeights[]>
  /**
   * Deletes a model's bytes and returns how many that were.
   * @param others models whose files stay, unless they are the very weights that are deleted
   * @throws HearthError `storage-failed`.
   */
  remove(source: CachedSource, others: readonly CachedSource[]): Promise<number>
  /** Bytes of everything there. @throws HearthError `storage-failed`. */
  usage(): Promise<number>
}

/** Null for a model whose bytes the kernel keeps, or that has none. */
export function cachedSource(source: ModelSource): CachedSource | null {
  return source.kind === 'webllm' || source.kind === 'webllm-url' ? source : null
}
