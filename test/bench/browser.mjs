/** What benchmarks need of a browser and of the command line. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { browserFlags, findBrowser } from '../../.config/browser.mjs'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const executablePath = findBrowser()

/** Runs a command without which nothing can be measured. @param {string} line */
export function must(line) {
  if (spawnSync(line, { cwd: root, shell: true, stdio: 'inherit' }).status !== 0) process.exit(1)
}

/**
 * A browser of its own with a profile on disk, so that nothing is left over and commits are real ones.
 * @template T
 * @param {(context: import('playwright-core').BrowserContext, profile: string) => Promise<T>} work
 * @param {readonly string[]} [flags] besides those of every test
 */
export async function withBrowser(work, flags = []) {
  const profile = mkdtempSync(join(tmpdir(), 'hearth-bench-'))
  const context = await chromium.launchPersistentContext(profile, {
    ...(executablePath && { executablePath }),
    args: [...browserFlags, ...flags],
    viewport: { width: 1280, height: 800 },
  })
  try {
    return await work(context, profile)
  } finally {
    await context.close()
    rmSync(profile, { recursive: true, force: true })
  }
}

/** @param {import('playwright-core').BrowserContext} context @param {string} url of the benchmark's page */
export async function open(context, url) {
  const page = await context.newPage()
  await page.goto(url)
  await page.waitForFunction(() => 'bench' in globalThis || 'schedulerBench' in globalThis)
  return page
}
