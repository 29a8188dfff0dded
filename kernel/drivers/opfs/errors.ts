/** What the browser throws when its storage fails, as Hearth's errors. */
import { HearthError } from '../../abi/index.ts'

/** Chromium stops taking bytes as it refuses those beyond the quota, and who writes may hear of that first. */
const CUT_OFF = 'data pipe'

export async function storageError(error: unknown): Promise<HearthError> {
  if (error instanceof HearthError) return error
  const reason = error instanceof Error ? error.message : String(error)
  if (error instanceof DOMException && (error.name === 'QuotaExceededError' || reason.includes(CUT_OFF))) {
    const { usage, quota } = await navigator.storage.estimate().catch((): StorageEstimate => ({}))
    return new HearthError(
      'storage-full',
      'The browser’s storage is full. What was stored before is safe; delete files or a model in Settings, then try again.',
      { usageBytes: usage ?? null, quotaBytes: quota ?? null },
      { cause: error },
    )
  }
  return new HearthError(
    'storage-failed',
    `The browser’s file storage failed: ${reason}. Reload the page and try again.`,
    { reason },
    { cause: error },
  )
}

/** @param hence what that means for the person */
export function noStorage(hence: string): HearthError<'unsupported'> {
  const message = `This browser gives web apps no file storage (OPFS), so ${hence}. Update it, or use Chrome.`
  return new HearthError('unsupported', message, { feature: 'opfs' })
}
