/** Builds the client library by itself (dist/sdk): one small module, and beside it the workers it starts. */
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'
import { wasmModules } from './wasm.ts'
import { webllmCatalogue } from './webllm-catalogue.ts'

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

/**
 * Writes each worker's address as `new URL('./…', import.meta.url)`, the one form that the bundlers of apps recognise; Vite
 * wraps it in a second URL, and an app's own bundler then copies the worker without the files it imports.
 */
const plainWorkerUrls: Plugin = {
  name: 'plain-worker-urls',
  generateBundle(_options, bundle) {
    const entry = bundle['index.js']
    if (entry?.type !== 'chunk') throw new Error('The library has no index.js.')
    const wrapped = /new URL\(new URL\(`(assets\/[^`]+)`,import\.meta\.url\)\.href,``\+import\.meta\.url\)/g
    let workers = 0
    entry.code = entry.code.replace(wrapped, (_match, path: string) => {
      workers += 1
      return `new URL("./${path}",import.meta.url)`
    })
    if (workers !== 3) throw new Error(`Expected the addresses of 3 workers in index.js, found ${String(workers)}.`)
  },
}

export default defineConfig({
  root: at(''),
  base: './',
  publicDir: false,
  plugins: [plainWorkerUrls],
  worker: { format: 'es', plugins: () => [webllmCatalogue(), wasmModules()] },
  assetsInclude: ['**/*.gguf'],
  build: {
    outDir: at('dist/sdk'),
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 8_000,
    // Not Vite's library mode: that puts files such as the bundled model into the script, as text.
    rolldownOptions: {
      input: at('sdk/index.ts'),
      preserveEntrySignatures: 'strict',
      output: { format: 'es', entryFileNames: 'index.js' },
    },
    // Workers are found beside the module, wherever an app puts it.
    assetsDir: 'assets',
    minify: true,
  },
})
