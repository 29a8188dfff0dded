import { readFile } from 'node:fs/promises'
import { HearthError } from '../../../kernel/abi/index.ts'
import { createMemoryModelFiles } from '../../../kernel/drivers/memory/model-files.ts'
import { modelFilesContract } from '../../contract/model-files.ts'

const bundled = async (path: string) => {
  if (path === 'starter.gguf') {
    return new Blob([new Uint8Array(await readFile(new URL('../../../wasm/starter/starter.gguf', import.meta.url)))])
  }
  throw new HearthError('not-found', 'No such file.', { kind: 'bundled file', id: path })
}
const segmentBytes = 100_000
const files = createMemoryModelFiles({ bundled, segmentBytes })

modelFilesContract('in memory', () => files, segmentBytes)
