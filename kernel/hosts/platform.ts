/**
 * The browser's drivers as the core's Platform. Engines and the sandbox are imported when first used: the kernel has to be
 * up in milliseconds on every visit, and most of their code is for models that this visit does not touch.
 */
import type { Engine } from '../core/engines/engine.ts'
import type { Platform } from '../core/platform.ts'
import type { Sandbox, SandboxFactory } from '../core/tools/sandbox.ts'
import { openIdbDatabase } from '../drivers/idb/database.ts'
import { createOpfsFileBlobs } from '../drivers/opfs/file-blobs.ts'
import { createOpfsModelFiles } from '../drivers/opfs/model-files.ts'
import { createClock } from '../drivers/web/clock.ts'
import { reportDevice } from '../drivers/web/device.ts'
import { createLockLiveness } from '../drivers/web/liveness.ts'
import { createRandom } from '../drivers/web/random.ts'
import { fetchSentenceEncoder, fetchWordVectors } from '../drivers/web/shipped-files.ts'
import { reportStorage } from '../drivers/web/storage.ts'
import { createWebllmWeightCache } from '../drivers/webllm/weight-cache.ts'

/** Name of the one database of this origin. */
const DATABASE = 'hearth'

/**
 * @param name of the database; tests have their own
 * @throws HearthError `unsupported`, `storage-failed`, `storage-full`
 */
export async function createBrowserPlatform(host: string, version: string, name = DATABASE): Promise<Platform> {
  return {
    host,
    version,
    clock: createClock(),
    random: createRandom(),
    database: await openIdbDatabase(name),
    liveness: createLockLiveness(),
    files: createOpfsModelFiles(),
    fileBlobs: createOpfsFileBlobs(),
    weights: createWebllmWeightCache(),
    engines: {
      llamacpp: async (...deps): Promise<Engine> =>
        (await import('../drivers/llamacpp/engine.ts')).createLlamaEngine(...deps),
      webllm: async (...deps): Promise<Engine> =>
        (await import('../drivers/webllm/engine.ts')).createWebllmEngine(...deps),
      openai: async (...deps): Promise<Engine> =>
        (await import('../drivers/openai/engine.ts')).createOpenaiEngine(...deps),
    },
    embedders: {
      llamacpp: async (...deps) => (await import('../drivers/llamacpp/embedder.ts')).createLlamaEmbedder(...deps),
      webllm: async (...deps) => (await import('../drivers/webllm/embedder.ts')).createWebllmEmbedder(...deps),
      openai: async (...deps) => (await import('../drivers/openai/embedder.ts')).createOpenaiEmbedder(...deps),
      offers: async () => (await import('../drivers/webllm/embedding-catalogue.ts')).webllmEmbedders(),
    },
    sandbox: lazySandbox(async () => (await import('../drivers/quickjs/sandbox.ts')).createQuickjsSandbox),
    catalogues: [async () => (await import('../drivers/webllm/catalogue.ts')).webllmCatalogue()],
    vectorIndex: async (options) => (await import('../drivers/vectors/index.ts')).openVectors(options),
    wordVectors: fetchWordVectors,
    async sentenceEncoder(words) {
      const [{ openSentenceEncoder }, { withWords }, bytes] = await Promise.all([
        import('../drivers/sentences/encoder.ts'),
        import('../drivers/sentences/with-words.ts'),
        fetchSentenceEncoder(),
      ])
      return openSentenceEncoder(withWords(bytes, words))
    },
    device: reportDevice,
    erase: async () => (await import('../drivers/web/erase.ts')).eraseOrigin(),
    storage: reportStorage,
  }
}

/** A sandbox whose driver is imported by the first script that runs. */
function lazySandbox(load: () => Promise<SandboxFactory>): SandboxFactory {
  return (lender) => {
    let sandbox: Promise<Sandbox> | undefined
    return {
      async run(request, signal) {
        sandbox ??= load().then((create) => create(lender))
        // Not kept when the import failed, as it does offline before the first visit is complete.
        sandbox.catch(() => (sandbox = undefined))
        return (await sandbox).run(request, signal)
      },
      async [Symbol.asyncDispose]() {
        await (await sandbox)?.[Symbol.asyncDispose]()
      },
    }
  }
}
