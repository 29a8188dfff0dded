/**
 * Finds a Chrome, Chromium or Edge on this machine, installs one where there is none, and knows the flags that tests and
 * benchmarks start it with.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { chromium } from 'playwright-core'

const candidates = [
  process.env['HEARTH_BROWSER'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/microsoft-edge',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  `${process.env['PROGRAMFILES'] ?? ''}\\Google\\Chrome\\Application\\chrome.exe`,
  `${process.env['PROGRAMFILES(X86)'] ?? ''}\\Google\\Chrome\\Application\\chrome.exe`,
  `${process.env['LOCALAPPDATA'] ?? ''}\\Google\\Chrome\\Application\\chrome.exe`,
  `${process.env['LOCALAPPDATA'] ?? ''}\\Chromium\\Application\\chrome.exe`,
  `${process.env['PROGRAMFILES(X86)'] ?? ''}\\Microsoft\\Edge\\Application\\msedge.exe`,
  chromium.executablePath(),
]

/** @returns {string | undefined} path of the first browser that can be run */
export function findBrowser() {
  return candidates.find((path) => {
    if (!path) return false
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** @param {string} line run by a shell, its output shown */
const run = (line) => spawnSync(line, { shell: true, stdio: 'inherit' }).status === 0

/** @param {string} command */
const has = (command) =>
  spawnSync(process.platform === 'win32' ? `where ${command}` : `command -v ${command}`, { shell: true }).status === 0

/**
 * Installs a browser with the system's package manager, or Playwright's own build where that fails.
 * @returns {string | undefined} its path, or undefined when nothing worked
 */
export function installBrowser() {
  const asRoot = process.getuid?.() === 0 ? '' : 'sudo -n '
  if (process.platform === 'linux' && has('apt-get')) {
    run(`${asRoot}apt-get update -qq && ${asRoot}env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium`)
  } else if (process.platform === 'darwin' && has('brew')) {
    run('brew install --cask chromium')
  } else if (process.platform === 'win32' && has('winget')) {
    run('winget install --exact --id Google.Chrome --silent --accept-package-agreements --accept-source-agreements')
  }
  if (findBrowser() === undefined) run('npx playwright install chromium')
  return findBrowser()
}

/** WebGPU on a machine without a GPU, and none of the background traffic that a closed network refuses. */
export const browserFlags = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
]
