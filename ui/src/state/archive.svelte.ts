/**
 * Everything into one file, out of one, and gone. It outlives Settings, so that one may look at other things while a large file
 * is written or read.
 */
import type { ArchiveContents, Hearth, ImportReport, MergePolicy } from '../../../sdk/index.ts'
import { codeOf } from '../parts/advice.ts'
import type { Notices } from './notices.svelte.ts'
import { download } from './transfers.svelte.ts'

export type ArchiveWork = 'export' | 'inspect' | 'import'

export class ArchiveState {
  /** What is under way, and its bytes. */
  work = $state<ArchiveWork | null>(null)
  done = $state(0)
  total = $state<number | null>(null)
  /** A file that was looked at and not taken in yet. */
  file = $state.raw<File | null>(null)
  contents = $state.raw<ArchiveContents | null>(null)
  report = $state.raw<ImportReport | null>(null)
  error = $state.raw<unknown>(null)
  readonly #hearth: Hearth
  readonly #notices: Notices
  #life = new AbortController()

  constructor(hearth: Hearth, notices: Notices) {
    this.#hearth = hearth
    this.#notices = notices
  }

  async export(): Promise<void> {
    await this.#run('export', async (options) => {
      const { file, leftOut } = await this.#hearth.archive.export(options)
      download(file, fileName())
      if (leftOut.length === 0) return
      const message = `Damaged files are not in it: ${leftOut.slice(0, 3).join(', ')}${leftOut.length > 3 ? ` and ${leftOut.length - 3} more` : ''}.`
      this.#notices.tell(message, { level: 'warning', sticky: true })
    })
  }

  /** Looks at a file; changes nothing. */
  async look(file: File): Promise<void> {
    this.contents = null
    this.report = null
    this.file = file
    await this.#run('inspect', async (options) => {
      this.contents = await this.#hearth.archive.inspect(file, options)
    })
  }

  async import(existing: MergePolicy): Promise<void> {
    const { file, contents } = this
    if (!file || !contents) return
    await this.#run('import', async (options) => {
      this.report = await this.#hearth.archive.import(file, contents, { ...options, existing })
      this.close()
    })
  }

  /** The kernel starts anew, and this page with it. */
  async erase(): Promise<void> {
    try {
      await this.#hearth.archive.erase('erase everything')
    } catch (error) {
      this.error = error
    }
  }

  cancel(): void {
    this.#life.abort()
  }

  /** Puts a file that was looked at away. */
  close(): void {
    this.file = null
    this.contents = null
  }

  async #run(
    work: ArchiveWork,
    act: (options: {
      signal: AbortSignal
      onProgress: (progress: { doneBytes: number; totalBytes: number | null }) => void
    }) => Promise<void>,
  ): Promise<void> {
    if (this.work !== null) return
    this.#life = new AbortController()
    Object.assign(this, { work, done: 0, total: null, error: null })
    try {
      await act({
        signal: this.#life.signal,
        onProgress: ({ doneBytes, totalBytes }) => Object.assign(this, { done: doneBytes, total: totalBytes }),
      })
    } catch (error) {
      if (codeOf(error) !== 'cancelled') this.error = error
      if (work !== 'import') this.close()
    }
    this.work = null
  }
}

/** `hearth-2026-11-22.hearth`, by the day here. */
function fileName(): string {
  const day = new Intl.DateTimeFormat('sv').format()
  return `hearth-${day}.hearth`
}
