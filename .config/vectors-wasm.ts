/**
 * Makes `virtual:vectors-wasm`: the vector index of wasm/vectors, compiled from AssemblyScript while building, as a base64
 * text. It is 26 KB; as a module it loads wherever code does, in Node and offline too, without an address to fetch.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { compile } from '../wasm/vectors/compile.mjs'

const NAME = 'virtual:vectors-wasm'
const sources = new URL('../wasm/vectors/', import.meta.url)
const cache = fileURLToPath(new URL('../node_modules/.cache/hearth/', import.meta.url))

let compiling: Promise<Uint8Array> | undefined

/** Compiling takes five seconds, so its result is kept by what it was made from. */
async function compiled(): Promise<Uint8Array> {
  const hash = createHash('sha256')
  const files = readdirSync(new URL('assembly/', sources)).sort()
  for (const file of files) hash.update(file).update(readFileSync(new URL(`assembly/${file}`, sources)))
  hash.update(readFileSync(new URL('compile.mjs', sources)))
  hash.update(readFileSync(new URL('../node_modules/assemblyscript/package.json', import.meta.url)))
  const path = `${cache}vectors-${hash.digest('hex').slice(0, 16)}.wasm`
  if (existsSync(path)) return readFileSync(path)
  const bytes = await compile()
  mkdirSync(cache, { recursive: true })
  // Renamed into place, so that nobody reads half a file.
  writeFileSync(`${path}.${process.pid}`, bytes)
  renameSync(`${path}.${process.pid}`, path)
  return bytes
}

export function vectorsWasm(): Plugin {
  return {
    name: 'hearth:vectors-wasm',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    async load(id) {
      if (id !== `\0${NAME}`) return undefined
      compiling ??= compiled()
      return `export default ${JSON.stringify(Buffer.from(await compiling).toString('base64'))}`
    },
  }
}
