/**
 * How much room the browser still gives, read now and then: nobody opens Settings to look before it is full. Says so once when
 * little is left, and again only after there was more.
 */
import { bytes } from '../parts/format.ts'
import { isLow } from '../settings/storage-words.ts'
import type { Notices } from './notices.svelte.ts'

/** Milliseconds between two readings: an upload fills a gigabyte in less, and is told of then by what it fails with. */
const LOOK_MS = 15_000

export class SpaceLeft {
  readonly #notices: Notices
  readonly #timer: ReturnType<typeof setInterval>
  #dismiss: (() => void) | null = null

  constructor(notices: Notices) {
    this.#notices = notices
    this.#timer = setInterval(() => void this.look(), LOOK_MS)
    void this.look()
  }

  async look(): Promise<void> {
    if (document.visibilityState !== 'visible') return
    // None of it is everywhere, whatever the types say.
    const storage = (navigator as { storage?: Partial<StorageManager> }).storage ?? {}
    const { usage, quota } = (await storage.estimate?.().catch(() => undefined)) ?? {}
    if (usage === undefined || quota === undefined) return
    if (!isLow(usage, quota)) {
      this.#dismiss?.()
      this.#dismiss = null
    } else if (this.#dismiss === null) this.#tell(Math.max(0, quota - usage))
  }

  #tell(left: number): void {
    const text = `Only ${bytes(left)} of storage are left. When it is full nothing new can be kept; what is stored is safe.`
    const run = (): void => {
      dismiss()
      location.hash = '#/settings'
    }
    const dismiss = this.#notices.tell(text, { level: 'warning', sticky: true, action: { label: 'Make room', run } })
    this.#dismiss = dismiss
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
