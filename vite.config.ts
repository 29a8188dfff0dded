import { svelte } from '@sveltejs/vite-plugin-svelte'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { isolationHeaders, securityHeaders } from './.config/headers.mjs'
import { wasmModules } from './.config/wasm.ts'
import { webllmCatalogue } from './.config/webllm-catalogue.ts'

/** Above the largest file that must be there offline: llama.cpp's WebAssembly, 8.7 MB. */
const PRECACHED_FILE_BYTES = 16 * 1024 * 1024

/** WebLLM's runtime, 6.1 MB that only people with a GPU use: kept from its first use on, not before. */
const WEBLLM = 'webllm-runtime'

/** Names WebLLM's chunk, so that the service worker can tell it from the rest. */
const chunkFileNames = ({ moduleIds }: { moduleIds: string[] }): string =>
  moduleIds.some((id) => id.includes('@mlc-ai/web-llm')) ? `assets/${WEBLLM}-[hash].js` : 'assets/[name]-[hash].js'

/** Makes the app installable, and start without a network from the second visit on, the bundled model and the word vectors included. */
const offline = VitePWA({
  // A new version waits until the user agrees: a kernel must not be replaced under a running agent.
  registerType: 'prompt',
  injectRegister: false,
  manifest: {
    id: './',
    name: 'Hearth',
    short_name: 'Hearth',
    description: 'Private AI agents that run in your browser. Nothing leaves this device.',
    start_url: './',
    scope: './',
    display: 'standalone',
    theme_color: '#1c1917',
    background_color: '#1c1917',
    categories: ['productivity', 'utilities'],
    icons: [
      { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
      { src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
      { src: 'icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
    ],
  },
  workbox: {
    globPatterns: ['**/*.{html,js,css,svg,png,ico,wasm,gguf,bin}'],
    globIgnores: [`**/${WEBLLM}-*`],
    maximumFileSizeToCacheInBytes: PRECACHED_FILE_BYTES,
    // A file whose name carries its hash needs no second one in its address; workers are asked for by plain name.
    dontCacheBustURLsMatching: /-[\w-]{8}\.\w+$/,
    navigateFallback: 'index.html',
    // The first visit's own page too gets its late chunks through the cache.
    clientsClaim: true,
    cleanupOutdatedCaches: true,
    runtimeCaching: [
      { urlPattern: new RegExp(`/assets/${WEBLLM}-`), handler: 'CacheFirst', options: { cacheName: 'engines' } },
    ],
  },
})

export default defineConfig({
  root: 'ui',
  base: './',
  plugins: [svelte(), tailwindcss(), offline, webllmCatalogue(), wasmModules()],
  worker: {
    format: 'es',
    plugins: () => [webllmCatalogue(), wasmModules()],
    rolldownOptions: { output: { chunkFileNames } },
  },
  assetsInclude: ['**/*.gguf'],
  server: { headers: isolationHeaders },
  preview: { headers: securityHeaders },
  build: {
    outDir: '../dist/app',
    emptyOutDir: true,
    target: 'es2023',
    // Nothing inline: the content policy has no exception for `data:` scripts, and small files are cached by hash.
    assetsInlineLimit: 0,
    // WebLLM alone is 6.8 MB; .size-limit.mjs holds what matters.
    chunkSizeWarningLimit: 8_000,
  },
})
