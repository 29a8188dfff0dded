/**
 * Compiles assembly/ to WebAssembly. `.config/vectors-wasm.ts` calls it while building; by hand:
 * `node wasm/vectors/compile.mjs out.wasm`.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { main } from 'assemblyscript/asc'

const here = fileURLToPath(new URL('.', import.meta.url))

/**
 * No runtime: the code allocates by itself and has no objects. The memory comes from outside, so that the host sets its
 * maximum.
 */
const options = [
  'assembly/index.ts',
  ...['--baseDir', here],
  ...['--outFile', 'vectors.wasm'],
  ...['--enable', 'simd'],
  ...['--runtime', 'stub'],
  ...['--optimizeLevel', '3'],
  ...['--initialMemory', '1'],
  '--importMemory',
  '--converge',
  '--noAssert',
]

/** @returns {Promise<Uint8Array>} the module */
export async function compile() {
  /** @type {Uint8Array | undefined} */
  let binary
  const { error, stderr } = await main(options, {
    writeFile: (_name, data) => {
      if (data instanceof Uint8Array) binary = data
    },
  })
  if (error !== null || binary === undefined) {
    throw new Error(`The vector index did not compile: ${error?.message ?? 'no output'}\n${stderr.toString()}`)
  }
  return binary
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(process.argv[2] ?? 'vectors.wasm', await compile())
