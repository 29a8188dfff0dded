/**
 * The kernel in Node, with everything in memory but the clock and the randomness: for tests of the whole core, and the base
 * of the remote kernel. What it holds is gone with the process unless the caller keeps `parts` and boots again on them.
 */
import { readFile } from 'node:fs/promises'
import { HearthError } from '../abi/index.ts'
import type { DeviceReport } from '../abi/index.ts'
import { boot } from '../core/boot.ts'
import type { Kernel } from '../core/boot.ts'
import type { Platform } from '../core/platform.ts'
import { createMemoryDatabase } from '../drivers/memory/database.ts'
import { createMemoryFileBlobs } from '../drivers/memory/file-blobs.ts'
import { createMemoryLiveness } from '../drivers/memory/liveness.ts'
import { createMemoryModelFiles } from '../drivers/memory/model-files.ts'
import { createMemoryWeightCache } from '../drivers/memory/weight-cache.ts'
import { createOpenaiEmbedder } from '../drivers/openai/embedder.ts'
import { createOpenaiEngine } from '../drivers/openai/engine.ts'
import { createQuickjsSandbox } from '../drivers/quickjs/sandbox.ts'
import { openSentenceEncoder } from '../drivers/sentences/encoder.ts'
import { withWords } from '../drivers/sentences/with-words.ts'
import { createClock } from '../drivers/web/clock.ts'
import { createRandom } from '../drivers/web/random.ts'
import { VERSION } from './version.ts'

/** A Platform for Node; `parts` replaces any of it. */
export function createNodePlatform(parts: Partial<Platform> = {}): Platform {
  return {
    host: 'node',
    version: VERSION,
    clock: createClock(),
    random: createRandom(),
    database: createMemoryDatabase(),
    liveness: createMemoryLiveness(),
    files: createMemoryModelFiles(),
    fileBlobs: createMemoryFileBlobs(),
    weights: createMemoryWeightCache(),
    engines: { llamacpp: browserOnly('llamacpp'), webllm: browserOnly('webllm'), openai: createOpenaiEngine },
    embedders: {
      llamacpp: browserOnly('llamacpp'),
      webllm: browserOnly('webllm'),
      openai: createOpenaiEmbedder,
      offers: async () => [],
    },
    catalogues: [],
    sandbox: createQuickjsSandbox,
    vectorIndex: async (options) => (await import('../drivers/vectors/index.ts')).openVectors(options),
    wordVectors: () => readFile(new URL('../../wasm/words/words.bin', import.meta.url)),
    async sentenceEncoder(words) {
      const bytes = await readFile(new URL('../../wasm/sentences/sentences.bin', import.meta.url))
      return openSentenceEncoder(withWords(bytes, words))
    },
    device: async () => DEVICE,
    erase: async () => {},
    storage: async () => ({ usageBytes: null, quotaBytes: null, persistent: null }),
    ...parts,
  }
}

export function bootNode(parts: Partial<Platform> = {}): Promise<Kernel> {
  return boot(createNodePlatform(parts))
}

const DEVICE: DeviceReport = {
  gpu: null,
  gpuReason: 'Node has no WebGPU.',
  memoryBytes: null,
  threads: 1,
}

function browserOnly(kind: string): () => Promise<never> {
  return async () => {
    const message = `The ${kind} engine runs in a browser tab. In Node, use a model of an OpenAI-compatible server.`
    throw new HearthError('unsupported', message, { feature: 'worker' })
  }
}
