/** Whether a file is a model that the local engine may be given. Nothing of the file is run here. */
import { HearthError } from '../../abi/index.ts'
import { GGUF_FILE_BYTES } from '../param.ts'
import { bytes } from './fits.ts'
import { readGguf } from './gguf.ts'
import type { ModelBytes } from './model-files.ts'

/**
 * @returns the window it was trained for, in tokens; infinite when it does not say.
 * @throws HearthError `bad-model` for a file that is no GGUF, is cut short, lies about itself or is too large to open.
 */
export async function checkModelFile(
  file: ModelBytes,
  model: { id: string; name: string },
  signal: AbortSignal,
): Promise<{ contextTokens: number }> {
  refuseTooLarge(model, file.size)
  const header = await readGguf(file, signal, model.name)
  return { contextTokens: header.contextTokens ?? Infinity }
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
