/** Short messages at the edge, for what the eye is not on: a restarted kernel, a deletion that can still be undone. */
import { errorText } from '../parts/advice.ts'

export interface Notice {
  readonly id: number
  readonly level: 'info' | 'warning'
  readonly text: string
  readonly action?: { label: string; run: () => void } | undefined
  /** It stays until somebody acts on it, so it can be put away. */
  readonly sticky: boolean
}

/** Notices seen at once. */
const SHOWN = 4

/** Milliseconds a notice stays; long enough to read it and to reach its button. */
const SHOWN_MS = 7_000

export class Notices {
  list = $state.raw<readonly Notice[]>([])
  #count = 0

  /** @returns a function that takes the notice away. */
  tell(
    text: string,
    options: { level?: Notice['level']; action?: Notice['action']; sticky?: boolean } = {},
  ): () => void {
    const { level = 'info', action, sticky = false } = options
    const id = this.#count++
    const twin = this.list.find((notice) => notice.text === text)
    if (twin) this.dismiss(twin.id)
    this.list = fitting([...this.list, { id, level, text, action, sticky }])
    if (!sticky) setTimeout(() => this.dismiss(id), SHOWN_MS)
    return () => this.dismiss(id)
  }

  warn(error: unknown): void {
    this.tell(errorText(error), { level: 'warning' })
  }

  dismiss(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id)
  }

  /**
   * Does something only after it can no longer be undone; leaving the page does it at once.
   * @param undo puts back what was taken off the screen.
   */
  undoable(text: string, commit: () => void, undo: () => void): void {
    let open = true
    const settle = (action: () => void) => (): void => {
      if (!open) return
      open = false
      clearTimeout(timer)
      removeEventListener('pagehide', leave)
      dismiss()
      action()
    }
    const leave = settle(commit)
    const timer = setTimeout(settle(commit), SHOWN_MS)
    addEventListener('pagehide', leave)
    const dismiss = this.tell(text, { action: { label: 'Undo', run: settle(undo) } })
  }
}

/** The newest, but those that only tell make room first, and those that wait for somebody last. */
function fitting(list: readonly Notice[]): readonly Notice[] {
  if (list.length <= SHOWN) return list
  const older = list.slice(0, -1)
  const gone = older.find(({ action, sticky }) => !action && !sticky) ?? older.find(({ sticky }) => !sticky) ?? list[0]
  return list.filter((notice) => notice !== gone)
}
