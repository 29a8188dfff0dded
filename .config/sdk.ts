/** Builds the client library by itself (dist/sdk): one small module, and beside it the workers it starts. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { webllmCatalogue } from './webllm-catalogue.ts'

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

export default defineConfig({
  root: at(''),
  base: './',
  publicDir: false,
  worker: { format: 'es', plugins: () => [webllmCatalogue()] },
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
