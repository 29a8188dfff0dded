/**
 * Compiles a module of this folder, `vectors` or `sentences`, to WebAssembly. `.config/wasm.ts` calls it while building; by
 * hand: `node wasm/compile.mjs vectors out.wasm`.
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
  ...['--baseDir', here],
  ...['--outFile', 'out.wasm'],
  ...['--enable', 'simd'],
  ...['--runtime', 'stub'],
  ...['--optimizeLevel', '3'],
  ...['--initialMemory', '1'],
  '--importMemory',
  '--converge',
  '--noAssert',
]

/**
 * @param {string} name folder of the module
 * @returns {Promise<Uint8Array>} the module
 */
export async function compile(name) {
  /** @type {Uint8Array | undefined} */
  let binary
  const { error, stderr } = await main([`${name}/assembly/index.ts`, ...options], {
    writeFile: (_name, data) => {
      if (data instanceof Uint8Array) binary = data
    },
  })
  if (error !== null || binary === undefined) {
    throw new Error(`wasm/${name} did not compile: ${error?.message ?? 'no output'}\n${stderr.toString()}`)
  }
  return binary
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , name = 'vectors', out = `${name}.wasm`] = process.argv
  writeFileSync(out, await compile(name))
}
