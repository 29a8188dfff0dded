/** Whether a file is a model that the local engine may be given. Nothing of the file is run here. */
import { HearthError } from '../../abi/index.ts'
import { GGUF_FILE_BYTES } from '../param.ts'
import { bytes } from './fits.ts'
import { ggufMemoryBytes, readGguf } from './gguf.ts'
import type { ModelBytes } from './model-files.ts'

/**
 * @param model `contextTokens` is the window wanted.
 * @returns the window it gets, no larger than it was trained for, and the memory it takes with that, in bytes.
 * @throws HearthError `bad-model` for a file that is no GGUF, is cut short, lies about itself or is too large to open.
 */
export async function checkModelFile(
  file: ModelBytes,
  model: { id: string; name: string; contextTokens: number },
  signal: AbortSignal,
): Promise<{ contextTokens: number; memoryBytes: number }> {
  refuseTooLarge(model, file.size)
  const header = await readGguf(file, signal, model.name)
  const contextTokens = Math.min(model.contextTokens, header.contextTokens ?? Infinity)
  return { contextTokens, memoryBytes: ggufMemoryBytes(header, contextTokens) }
}

/** @throws HearthError `bad-model` for a file that the engine could not open. */
export function refuseTooLarge(model: { id: string; name: string }, sizeBytes: number): void {
  if (sizeBytes <= GGUF_FILE_BYTES) return
  const reason = `it has ${bytes(sizeBytes)}, and the engine opens files of up to ${bytes(GGUF_FILE_BYTES)}`
  throw new HearthError('bad-model', `${model.name} is too large: ${reason}. Choose a smaller quantisation of it.`, {
    model: model.id,
    reason,
  })
}
