/** Bundles the simulator with the kernel's scheduler, as for a release, and runs it in this process. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { build } from 'vite'

/** Returns rows for `Report.add`. */
export async function simulate() {
  const outDir = mkdtempSync(join(tmpdir(), 'hearth-simulator-'))
  try {
    await build({
      configFile: false,
      logLevel: 'warn',
      build: { ssr: fileURLToPath(new URL('index.ts', import.meta.url)), outDir, emptyOutDir: true },
    })
    const { runSimulator } = await import(pathToFileURL(join(outDir, 'index.js')).href)
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc')
    return runSimulator(() => {
      collect()
      return process.memoryUsage().heapUsed
    })
  } finally {
    rmSync(outDir, { recursive: true, force: true })
  }
}
