/**
 * Makes `virtual:vectors-wasm` and `virtual:sentences-wasm`: the modules of wasm/, compiled from AssemblyScript while
 * building, as base64 texts. The larger one is 26 KB; as code they load wherever code does, in Node and offline too, without
 * an address to fetch.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { compile } from '../wasm/compile.mjs'

const sources = new URL('../wasm/', import.meta.url)
const cache = fileURLToPath(new URL('../node_modules/.cache/hearth/', import.meta.url))

/** By what is imported: the folder it is made from. */
const modules: ReadonlyMap<string, string> = new Map([
  ['virtual:vectors-wasm', 'vectors'],
  ['virtual:sentences-wasm', 'sentences'],
])

const compiling = new Map<string, Promise<Uint8Array>>()

/** Compiling takes five seconds, so its result is kept by what it was made from. */
async function compiled(folder: string): Promise<Uint8Array> {
  const hash = createHash('sha256')
  for (const part of [`${folder}/assembly/`, 'shared/']) {
    const files = readdirSync(new URL(part, sources)).sort()
    for (const file of files) hash.update(file).update(readFileSync(new URL(part + file, sources)))
  }
  hash.update(readFileSync(new URL('compile.mjs', sources)))
  hash.update(readFileSync(new URL('../node_modules/assemblyscript/package.json', import.meta.url)))
  const path = `${cache}${folder}-${hash.digest('hex').slice(0, 16)}.wasm`
  if (existsSync(path)) return readFileSync(path)
  const bytes = await compile(folder)
  mkdirSync(cache, { recursive: true })
  // Renamed into place, so that nobody reads half a file.
  writeFileSync(`${path}.${process.pid}`, bytes)
  renameSync(`${path}.${process.pid}`, path)
  return bytes
}

function compiledOnce(folder: string): Promise<Uint8Array> {
  const known = compiling.get(folder)
  if (known !== undefined) return known
  const started = compiled(folder)
  compiling.set(folder, started)
  return started
}

export function wasmModules(): Plugin {
  return {
    name: 'hearth:wasm',
    resolveId: (id) => (modules.has(id) ? `\0${id}` : undefined),
    async load(id) {
      const folder = id.startsWith('\0') ? modules.get(id.slice(1)) : undefined
      if (folder === undefined) return undefined
      return `export default ${JSON.stringify(Buffer.from(await compiledOnce(folder)).toString('base64'))}`
    },
  }
}
