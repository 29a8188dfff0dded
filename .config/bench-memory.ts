/** Builds the page of the memory benchmark: what is measured where storage is real. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { wasmModules } from './wasm.ts'
import { webllmCatalogue } from './webllm-catalogue.ts'

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

export default defineConfig({
  root: at('test/bench/memory'),
  base: './',
  publicDir: false,
  plugins: [webllmCatalogue(), wasmModules()],
  worker: { format: 'es', plugins: () => [webllmCatalogue(), wasmModules()] },
  build: {
    outDir: at('dist/bench-memory'),
    emptyOutDir: true,
    target: 'es2023',
    chunkSizeWarningLimit: 20_000,
    rolldownOptions: {
      input: [at('test/bench/memory/index.html'), at('test/bench/memory/compare-and-set.html')],
    },
  },
})
