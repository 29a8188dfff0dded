/** What the browser throws when its storage fails, as Hearth's errors. */
import { HearthError } from '../../abi/index.ts'

export async function storageError(error: unknown): Promise<HearthError> {
  if (error instanceof HearthError) return error
  const reason = error instanceof Error ? error.message : String(error)
  if (error instanceof DOMException && error.name === 'QuotaExceededError') {
    const { usage, quota } = await navigator.storage.estimate().catch((): StorageEstimate => ({}))
    return new HearthError(
      'storage-full',
      'The browser’s storage is full. What was stored before is safe; remove a model in Settings, then resume.',
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
