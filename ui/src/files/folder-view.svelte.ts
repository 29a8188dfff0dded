/** One folder of a space: what is in it, kept as it is in the kernel. Dispose of it when another is shown. */
import type { Hearth } from '../../../sdk/index.ts'
import type { FileInfo, FolderInfo } from './types.ts'

/** Files and folders read at once. */
const PAGE = 500

export class FolderView {
  files = $state.raw<readonly FileInfo[]>([])
  folders = $state.raw<readonly FolderInfo[]>([])
  /** Deleted ones below it that can be brought back. */
  deleted = $state.raw<readonly FileInfo[]>([])
  loaded = $state(false)
  error = $state.raw<unknown>(null)
  next = $state.raw<string | null>(null)
  readonly space: string
  readonly path: string
  readonly #hearth: Hearth
  readonly #stop: () => void
  #reading: Promise<void> | null = null
  #again = false

  constructor(hearth: Hearth, space: string, path: string) {
    this.#hearth = hearth
    this.space = space
    this.path = path
    this.#stop = hearth.on('files', (event) => event.space === space && void this.refresh())
    void this.refresh()
  }

  /** Changes that come while it is read have it read once more. */
  refresh(): Promise<void> {
    if (this.#reading) this.#again = true
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null
      if (!this.#again) return
      this.#again = false
      void this.refresh()
    })
    return this.#reading
  }

  async more(): Promise<void> {
    if (this.next === null) return
    const { space, path } = this
    const page = await this.#hearth.call('files.list', { space, path, after: this.next, limit: PAGE })
    this.files = [...this.files, ...page.files]
    this.folders = [...this.folders, ...page.folders]
    this.next = page.next
  }

  async #read(): Promise<void> {
    const { space, path } = this
    try {
      const [page, deleted] = await Promise.all([
        this.#hearth.call('files.list', { space, path, limit: PAGE }),
        this.#hearth.call('files.list', { space, path, deleted: true, recursive: true, limit: PAGE }),
      ])
      this.files = page.files
      this.folders = page.folders
      this.next = page.next
      this.deleted = deleted.files
      this.error = null
    } catch (error) {
      this.error = error
    }
    this.loaded = true
  }

  [Symbol.dispose](): void {
    this.#stop()
  }
}
