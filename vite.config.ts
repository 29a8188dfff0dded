import { svelte } from '@sveltejs/vite-plugin-svelte'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig } from 'vite'

/** Lets a page be cross-origin isolated, so that llama.cpp may use threads in the workers it lends. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

export default defineConfig({
  root: 'ui',
  base: './',
  plugins: [svelte(), tailwindcss()],
  worker: { format: 'es' },
  assetsInclude: ['**/*.gguf'],
  server: { headers: isolation },
  preview: { headers: isolation },
  build: { outDir: '../dist/app', emptyOutDir: true, target: 'es2023' },
})
