/** IndexedDB's errors as Hearth's. */
import { HearthError } from '../../abi/index.ts'

/** @param error what IndexedDB rejected with */
export async function storageError(error: unknown): Promise<HearthError> {
  if (error instanceof HearthError) return error
  const name = error instanceof DOMException || error instanceof Error ? error.name : ''
  if (name === 'QuotaExceededError') return storageFull(error)
  const reason = error instanceof Error ? error.message || error.name : String(error)
  if (name === 'VersionError') {
    const message = 'A newer Hearth has used this storage. Reload every tab of this site to use it here too.'
    return new HearthError('storage-failed', message, { reason }, { cause: error })
  }
  const message = `The browser's storage did not take or give a record: ${reason}. Reload the page; what was stored before is kept.`
  return new HearthError('storage-failed', message, { reason }, { cause: error })
}

async function storageFull(cause: unknown): Promise<HearthError<'storage-full'>> {
  const estimate: StorageEstimate = await navigator.storage.estimate().catch(() => ({}))
  const message =
    "The browser's storage is full. Nothing that was stored is lost. Delete a model in Settings to free space."
  const data = { usageBytes: estimate.usage ?? null, quotaBytes: estimate.quota ?? null }
  return new HearthError('storage-full', message, data, { cause })
}

/** There is no IndexedDB at all, as in some private windows. */
export function noIndexedDb(cause?: unknown): HearthError<'unsupported'> {
  const message =
    'This browser gives Hearth no IndexedDB, where agents and memories are kept. Leave private browsing or allow storage for this site.'
  return new HearthError('unsupported', message, { feature: 'indexeddb' }, { cause })
}
