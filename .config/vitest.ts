import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { browserFlags, findBrowser } from './browser.mjs'
import { isolationHeaders } from './headers.mjs'
import { webllmCatalogue } from './webllm-catalogue.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const browser = findBrowser()

/** Two projects: what runs in any JavaScript runtime, in Node; what needs a browser, in the real one. */
export default defineConfig({
  root,
  assetsInclude: ['**/*.gguf'],
  plugins: [webllmCatalogue()],
  worker: { format: 'es', plugins: () => [webllmCatalogue()] },
  server: { headers: isolationHeaders },
  test: {
    projects: [
      { extends: true, test: { name: 'node', include: ['test/unit/**/*.test.ts'], environment: 'node' } },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 30_000,
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
