/**
 * Deletes all that this origin keeps outside the kernel's own database: the origin private file system, what WebLLM cached, and
 * caches. The app's own files, which its service worker holds, are nobody's data and stay, so that it opens offline as before.
 */
import { storageError } from '../opfs/errors.ts'
import { clearScope, SCOPES } from '../webllm/cache-store.ts'

/** In the name of each cache of the app itself, as Workbox gives them. */
const OWN_CACHE = 'precache'

/** Can be repeated after a failure. @throws HearthError `storage-failed` */
export async function eraseOrigin(): Promise<void> {
  try {
    await eraseFiles()
    for (const scope of SCOPES) await clearScope(scope)
    const names = (await caches.keys()).filter((name) => !name.includes(OWN_CACHE))
    await Promise.all(names.map((name) => caches.delete(name)))
  } catch (error) {
    throw await storageError(error)
  }
}

async function eraseFiles(): Promise<void> {
  // Older browsers have no such thing, whatever the types say.
  const { storage } = navigator as { storage?: Partial<StorageManager> }
  const root = await storage?.getDirectory?.()
  if (!root) return
  const names: string[] = []
  for await (const name of root.keys()) names.push(name)
  for (const name of names) await root.removeEntry(name, { recursive: true })
}
