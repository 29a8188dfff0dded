/** End-to-end tests: the built app, a real browser, the real starter model. Each test serves the app to itself. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from '@playwright/test'
import { browserFlags, findBrowser } from './browser.mjs'

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))
const browser = findBrowser()

export default defineConfig({
  testDir: at('test/e2e'),
  outputDir: at('test-results/e2e'),
  // One at a time: each has a browser and a model of its own, and a machine for tests may have two cores.
  workers: 1,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: [['list'], ['json', { outputFile: at('test-results/e2e.json') }]],
  use: {
    launchOptions: { ...(browser !== undefined && { executablePath: browser }), args: browserFlags },
    trace: 'retain-on-failure',
    viewport: { width: 1280, height: 800 },
  },
})
