/** What the benchmark's page can do; run.mjs calls it. */
import { createBrowserPlatform } from '../../../kernel/hosts/platform.ts'
import { fill, measureScale, type Scale } from './scale.ts'

const memory = {
  /** Stores that many memories, then starts on them as a kernel does: twice, the second time with vectors on disk. */
  async measure(count: number): Promise<{ first: Scale; again: Scale }> {
    const platform = await createBrowserPlatform('bench', '0', 'hearth-bench-memory')
    await fill(platform.database, count)
    return { first: await measureScale(platform, count), again: await measureScale(platform, count) }
  },
}

declare global {
  var memoryBench: typeof memory
}
globalThis.memoryBench = memory
