import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { browserFlags, findBrowser } from './browser.mjs'
import { isolationHeaders } from './headers.mjs'
import { readme } from './readme.ts'
import { wasmModules } from './wasm.ts'
import { webllmCatalogue } from './webllm-catalogue.ts'
import { bundledWorkers } from '../test/fixtures/bundled-workers.ts'
import { weightServer } from '../test/fixtures/weight-server.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const browser = findBrowser()

const setup = { setupFiles: ['test/fixtures/property-seed.ts'], provide: { seed: seedOf(process.env['HEARTH_SEED']) } }

// What is slow is not wrong: tests take several times as long when the machine has other work. A hang is still noticed.
const patience = { testTimeout: 90_000, hookTimeout: 90_000, expect: { poll: { timeout: 60_000 } } }

/** Two projects: what runs in any JavaScript runtime, in Node; what needs a browser, in the real one. */
export default defineConfig({
  root,
  assetsInclude: ['**/*.gguf'],
  // The README's programs import the library by its name; here that is its source, which needs no building first.
  resolve: { alias: { 'hearth-os': `${root}sdk/index.ts` } },
  plugins: [webllmCatalogue(), wasmModules(), readme(), weightServer(), bundledWorkers()],
  worker: { format: 'es', plugins: () => [webllmCatalogue(), wasmModules()] },
  server: { headers: isolationHeaders },
  // Known beforehand: a dependency found while tests run has Vite reload the page under them.
  optimizeDeps: {
    include: [
      '@cfworker/json-schema',
      '@jitl/quickjs-wasmfile-release-sync',
      '@mlc-ai/web-llm',
      '@wllama/wllama/esm/index.js',
      'comlink',
      'eventsource-parser',
      'fast-check',
      'idb',
      'quickjs-emscripten-core',
      'zod',
    ],
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          ...setup,
          ...patience,
          ...{ name: 'node', include: ['test/unit/**/*.test.ts'], environment: 'node' },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          ...patience,
          setupFiles: setup.setupFiles,
          // MLC weights and a library by URL, for the engine contract on WebLLM; test/browser/webllm.test.ts says when it skips.
          provide: {
            ...setup.provide,
            webllm: {
              weights: process.env['HEARTH_WEBLLM_MODEL'] ?? null,
              library: process.env['HEARTH_WEBLLM_LIB'] ?? null,
            },
            // One chaos run alone, such as `llamacpp:17`; test/browser/chaos/chaos.test.ts.
            chaos: process.env['HEARTH_CHAOS'] ?? null,
          },
          // One file at a time: all share one origin, and with it one database and one kernel.
          fileParallelism: false,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { ...(browser !== undefined && { executablePath: browser }), args: browserFlags },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})

/** Null for a new one each time. */
function seedOf(given: string | undefined): number | null {
  return given === 'random' ? null : Number(given ?? 1)
}
