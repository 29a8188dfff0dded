/** End-to-end tests: the built app, a real browser, the real starter model. Each test serves the app to itself. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from '@playwright/test'
import { browserFlags, findBrowser } from './browser.mjs'

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))
const browser = findBrowser()

export default defineConfig({
  testDir: at('test/e2e'),
  outputDir: at('test-results/e2e'),
  // One at a time: each has a browser and a model of its own. test/run.mjs has two parts of them run side by side.
  workers: 1,
  forbidOnly: true,
  // Far more than a quiet machine needs: what is slow is not wrong, and a hang is still noticed.
  timeout: 240_000,
  expect: { timeout: 60_000 },
  reporter: [['list'], ['json', { outputFile: at('test-results/e2e.json') }]],
  use: {
    launchOptions: { ...(browser !== undefined && { executablePath: browser }), args: browserFlags },
    trace: 'retain-on-failure',
    viewport: { width: 1280, height: 800 },
  },
})
