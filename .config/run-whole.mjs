/** Runs a command beside others without mixing their outputs: each is printed whole when its command has ended. */
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * @param {string} line run by a shell, because npm and npx are scripts that only a shell starts on Windows
 * @param {string} directory
 * @param {Record<string, string>} [environment] besides this process's own
 * @returns {Promise<{ status: number, seconds: number }>}
 */
export async function runWhole(line, directory, environment = {}) {
  const started = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'hearth-'))
  // A file and not a pipe: a process that the command leaves behind would keep a pipe open, and its end would never come.
  const file = join(folder, 'output')
  const output = openSync(file, 'a')
  const env = { ...process.env, ...environment }
  const child = spawn(line, { cwd: directory, env, shell: true, stdio: ['ignore', output, output] })
  const status = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
  closeSync(output)
  process.stdout.write(readFileSync(file))
  rmSync(folder, { recursive: true, force: true })
  return { status, seconds: (performance.now() - started) / 1000 }
}
