/** `npm run screenshots`: takes the README's pictures again (ui/screenshots), of the built app with the real model. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from '@playwright/test'
import base from './playwright.ts'

export default defineConfig(base, {
  testDir: fileURLToPath(new URL('../test/screenshots', import.meta.url)),
  reporter: 'list',
})
