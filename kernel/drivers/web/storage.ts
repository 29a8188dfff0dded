/** How much storage this origin uses and may use, as the browser tells it. */
import type { Platform } from '../../core/platform.ts'

export const reportStorage: Platform['storage'] = async () => {
  // None of it is everywhere, whatever the types say.
  const storage = (navigator as { storage?: Partial<StorageManager> }).storage ?? {}
  const estimate: StorageEstimate = (await storage.estimate?.()) ?? {}
  const persistent = (await storage.persisted?.()) ?? null
  return { usageBytes: estimate.usage ?? null, quotaBytes: estimate.quota ?? null, persistent }
}
