/** Serves the examples (`npm run examples`). They import `hearth-os` as an app would; here that is this repository's own. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { isolationHeaders } from './headers.mjs'
import { wasmModules } from './wasm.ts'
import { webllmCatalogue } from './webllm-catalogue.ts'

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

export default defineConfig({
  root: at('examples'),
  base: './',
  plugins: [webllmCatalogue(), wasmModules()],
  worker: { format: 'es', plugins: () => [webllmCatalogue(), wasmModules()] },
  resolve: { alias: { 'hearth-os': at('sdk/index.ts') } },
  assetsInclude: ['**/*.gguf'],
  cacheDir: at('node_modules/.vite/examples'),
  // Known beforehand: what is found only when a worker first asks for it makes Vite reload the page.
  optimizeDeps: {
    include: [
      '@cfworker/json-schema',
      '@jitl/quickjs-wasmfile-release-sync',
      '@mlc-ai/web-llm',
      '@wllama/wllama/esm/index.js',
      'comlink',
      'eventsource-parser',
      'idb',
      'quickjs-emscripten-core',
      'zod',
    ],
  },
  server: { host: '127.0.0.1', headers: isolationHeaders, fs: { allow: [at('')] } },
})
