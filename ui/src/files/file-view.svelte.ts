/** One file that is open: what it is, what is in it at the version that is looked at, and its versions. */
import { HearthError } from '../../../sdk/index.ts'
import type { Hearth } from '../../../sdk/index.ts'
import { lookOf, type Look } from './file-words.ts'
import type { FileInfo, FileVersion } from './types.ts'

/** Bytes of a text shown at once, and of a picture at most: what is larger is downloaded to be looked at. */
const TEXT_BYTES = 256 * 1024
const PICTURE_BYTES = 32 * 1024 * 1024
/** Bytes of one read. */
const READ_BYTES = 1024 * 1024
/** Largest text that is edited here: what one call may write. */
export const EDIT_UNITS = 200_000

export class FileView {
  info = $state.raw<FileInfo | null>(null)
  versions = $state.raw<readonly FileVersion[]>([])
  /** The earlier version that is looked at; null for what the file is now. */
  looking = $state.raw<FileVersion | null>(null)
  text = $state.raw<string | null>(null)
  /** Address of a picture, in this tab alone. */
  picture = $state.raw<string | null>(null)
  /** Whether the text goes on. */
  more = $state(false)
  loaded = $state(false)
  /** How it went, once somebody else has taken away what is open; what is shown is then the last that is known of it. */
  gone = $state<'deleted' | 'moved' | 'purged' | null>(null)
  error = $state.raw<unknown>(null)
  /** What is being written, and the version it was begun from. */
  draft = $state<string | null>(null)
  saving = $state(false)
  /** The version whose contents are shown; 0 while none could be read, so that the next refresh reads it again. */
  #read = 0
  #from = 0
  #base = 0
  readonly space: string
  readonly path: string
  readonly #hearth: Hearth
  readonly #stop: () => void
  readonly #life = new AbortController()

  constructor(hearth: Hearth, space: string, path: string) {
    this.#hearth = hearth
    this.space = space
    this.path = path
    this.#stop = hearth.on('files', (event) => event.space === space && void this.refresh())
    void this.refresh()
  }

  get shown(): FileVersion | FileInfo | null {
    return this.looking ?? this.info
  }

  get look(): Look {
    return this.shown ? lookOf(this.shown) : 'none'
  }

  /** True when somebody else has changed it since the editing began. */
  get overtaken(): boolean {
    return this.draft !== null && this.gone === null && this.info !== null && this.info.version !== this.#base
  }

  async refresh(): Promise<void> {
    const { space, path } = this
    try {
      const found = await this.#hearth.call('files.stat', { space, path })
      if (found.kind !== 'file') return
      this.info = found.file
      this.versions = (await this.#hearth.call('files.history', { space, path })).versions
      if (this.looking === null && this.#read !== found.file.version) await this.#show()
      this.gone = null
      this.error = null
    } catch (error) {
      if (this.info !== null && HearthError.is(error, 'not-found')) this.gone = await this.#howItWent()
      else this.error = error
    }
    this.loaded = true
  }

  async #howItWent(): Promise<FileView['gone']> {
    const { space, path } = this
    try {
      const { versions } = await this.#hearth.call('files.history', { space, path })
      return versions.find((version) => version.path === path)?.change === 'moved-away' ? 'moved' : 'deleted'
    } catch {
      return 'purged'
    }
  }

  /** Looks at an earlier version, or with null at what it is now. */
  async lookAt(version: FileVersion | null): Promise<void> {
    this.looking =
      version !== null && version.version === this.info?.version && version.path === this.path ? null : version
    this.error = null
    await this.#show().catch((error: unknown) => (this.error = error))
  }

  /** More of a long text. */
  async readOn(): Promise<void> {
    const { shown } = this
    if (!shown || this.text === null) return
    const { text, to, more } = await this.#hearth.call('files.read', this.#args(shown, this.#from, 'text'))
    this.text += text ?? ''
    this.#from = to
    this.more = more
  }

  edit(): void {
    if (!this.info || this.look !== 'text' || this.more || this.looking) return
    this.draft = this.text ?? ''
    this.#base = this.info.version
  }

  leave(): void {
    this.draft = null
  }

  /** @param over whether to write over what somebody else wrote meanwhile. What is gone is made anew. */
  async save(over = false): Promise<void> {
    if (this.draft === null || !this.info) return
    this.saving = true
    try {
      const ifVersion = this.gone !== null ? 0 : over ? this.info.version : this.#base
      const { space, path, draft } = this
      this.info = await this.#hearth.call('files.write', {
        space,
        path,
        contents: draft,
        ifVersion,
        type: this.info.type,
      })
      this.text = draft
      this.#read = this.info.version
      this.draft = null
      this.error = null
      await this.refresh()
    } catch (error) {
      this.error = error
    }
    this.saving = false
  }

  async #show(): Promise<void> {
    const { shown, look } = this
    this.#release()
    this.text = null
    this.more = false
    this.#read = 0
    if (!shown) return
    if (shown.bytes === 0) this.text = look === 'text' ? '' : null
    else if (look === 'picture' && shown.bytes <= PICTURE_BYTES) {
      const blob = await this.contents(shown)
      if (this.shown !== shown || this.#life.signal.aborted) return
      this.#release()
      this.picture = URL.createObjectURL(blob)
    } else if (look === 'text') {
      const { text, to, more } = await this.#hearth.call('files.read', this.#args(shown, 0, 'text'))
      if (this.shown !== shown) return
      this.text = text ?? ''
      this.#from = to
      this.more = more
    }
    if (this.shown === shown && this.looking === null) this.#read = shown.version
  }

  /** All of it, as a blob that runs nothing. */
  async contents(shown: FileVersion | FileInfo, onProgress?: (done: number) => void): Promise<Blob> {
    const parts: Blob[] = []
    for (let from = 0; from < shown.bytes;) {
      const args = { ...this.#args(shown, from, 'bytes'), length: READ_BYTES }
      const { bytes, to } = await this.#hearth.call('files.read', args, { signal: this.#life.signal })
      if (bytes) parts.push(new Blob([bytes]))
      from = to
      onProgress?.(from)
    }
    const type = this.look === 'picture' ? shown.type : 'application/octet-stream'
    return new Blob(parts, { type })
  }

  #args({ space, path, version }: FileVersion | FileInfo, from: number, as: 'bytes' | 'text') {
    return { space, path, version, from, as, length: TEXT_BYTES }
  }

  #release(): void {
    if (this.picture !== null) URL.revokeObjectURL(this.picture)
    this.picture = null
  }

  [Symbol.dispose](): void {
    this.#stop()
    this.#life.abort()
    this.#release()
  }
}
