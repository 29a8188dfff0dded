/** Builds the vector benchmark: its page, or with `--ssr` its program for Node, the same sources in both. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { wasmModules } from './wasm.ts'

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

export default defineConfig(({ isSsrBuild }) => ({
  root: at('test/bench/vectors'),
  base: './',
  publicDir: false,
  plugins: [wasmModules()],
  // In one file: a library that is imported as it is may not start in Node.
  ssr: { noExternal: true },
  build: {
    outDir: at(isSsrBuild === true ? 'dist/bench-vectors-node' : 'dist/bench-vectors'),
    emptyOutDir: true,
    target: 'es2023',
    chunkSizeWarningLimit: 8_000,
  },
}))
