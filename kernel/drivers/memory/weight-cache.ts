/**
 * An engine's cache of weights in memory: the twin of drivers/webllm/weight-cache.ts for Node and tests. No engine fills it; a
 * test says what is in it. It shares nothing between models.
 */
import type { CachedSource, CachedWeights, WeightCache } from '../../core/engines/weight-cache.ts'

export interface MemoryWeightCache extends WeightCache {
  /** Has `weights` be there from now on. */
  set(source: CachedSource, weights: CachedWeights): void
}

const NOTHING: CachedWeights = { bytes: 0, totalBytes: null, complete: false }

export function createMemoryWeightCache(): MemoryWeightCache {
  const models = new Map<string, CachedWeights>()
  const keyOf = (source: CachedSource) => `${source.kind} ${source.kind === 'webllm' ? source.modelId : source.weights}`
  const find = (source: CachedSource) => models.get(keyOf(source)) ?? NOTHING
  return {
    set: (source, weights) => void models.set(keyOf(source), weights),
    look: async (sources) => sources.map(find),
    async remove(source) {
      const { bytes } = find(source)
      models.delete(keyOf(source))
      return bytes
    },
    usage: async () => [...models.values()].reduce((sum, { bytes }) => sum + bytes, 0),
  }
}
