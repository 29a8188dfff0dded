/** Builds the benchmarks' pages (dist/bench) the way the app is built. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { wasmModules } from './wasm.ts'
import { webllmCatalogue } from './webllm-catalogue.ts'

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

export default defineConfig({
  root: at('test/bench'),
  base: './',
  publicDir: false,
  plugins: [webllmCatalogue(), wasmModules()],
  worker: { format: 'es', plugins: () => [webllmCatalogue(), wasmModules()] },
  assetsInclude: ['**/*.gguf'],
  build: {
    outDir: at('dist/bench'),
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 8_000,
    rolldownOptions: { input: [at('test/bench/index.html'), at('test/bench/scheduler/index.html')] },
  },
})
