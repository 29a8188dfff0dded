/** How much storage this origin uses and may use, as the browser tells it. */
import type { Platform } from '../../core/platform.ts'

export const reportStorage: Platform['storage'] = async () => {
  const { storage } = navigator as { storage?: StorageManager }
  const estimate: StorageEstimate = await (storage?.estimate?.() ?? Promise.resolve({}))
  const persistent = await (storage?.persisted?.() ?? Promise.resolve(null))
  return { usageBytes: estimate.usage ?? null, quotaBytes: estimate.quota ?? null, persistent }
}
