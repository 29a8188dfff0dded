/** Builds the page of the file benchmark (dist/bench-files) the way the app is built. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { wasmModules } from './wasm.ts'
import { webllmCatalogue } from './webllm-catalogue.ts'

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

export default defineConfig({
  root: at('test/bench/files'),
  base: './',
  publicDir: false,
  plugins: [webllmCatalogue(), wasmModules()],
  worker: { format: 'es', plugins: () => [webllmCatalogue(), wasmModules()] },
  assetsInclude: ['**/*.gguf'],
  build: {
    outDir: at('dist/bench-files'),
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 8_000,
  },
})
