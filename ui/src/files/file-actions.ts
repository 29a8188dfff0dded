/** What a person does to files, each told of with a way back where there is one. */
import type { Hearth } from '../../../sdk/index.ts'
import { plural } from '../parts/format.ts'
import type { Notices } from '../state/notices.svelte.ts'
import { nameOf } from './paths.ts'
import type { FileVersion } from './types.ts'

export interface Place {
  readonly space: string
  readonly path: string
}

export class FileActions {
  readonly #hearth: Hearth
  readonly #notices: Notices

  constructor({ hearth, notices }: { hearth: Hearth; notices: Notices }) {
    this.#hearth = hearth
    this.#notices = notices
  }

  /** @throws what the kernel says: it is shown in the dialog that asked. */
  async move({ space, path }: Place, to: string): Promise<void> {
    if (to === path) return
    await this.#hearth.call('files.move', { space, path, to })
    const back = (): unknown => this.#try(() => this.#hearth.call('files.move', { space, path: to, to: path }))
    this.#tell(`${nameOf(path)} is now ${to}`, back)
  }

  /** True when it was done. */
  async delete({ space, path }: Place): Promise<boolean> {
    return this.#try(async () => {
      const before = await this.#moment({ space, path })
      const { files } = await this.#hearth.call('files.delete', { space, path })
      const what = files === 1 ? nameOf(path) : `${nameOf(path)}, ${plural(files, 'file')}`
      this.#tell(`Deleted ${what}`, () => this.#bringBack({ space, path }, before))
    })
  }

  /** Makes a file a version again; what it is now stays as a version. */
  async restore({ space, path }: Place, version: FileVersion): Promise<boolean> {
    return this.#try(async () => {
      const now = await this.#newest({ space, path })
      const to = { version: version.version }
      await this.#hearth.call('files.rollback', { space, path, to })
      const undo = (): unknown =>
        this.#try(() => this.#hearth.call('files.rollback', { space, path, to: { version: now } }))
      this.#tell(`${nameOf(path)} is again what it was in version ${version.version}`, now > 0 ? undo : undefined)
    })
  }

  /** Brings a deleted file back. */
  async undelete({ space, path }: Place): Promise<boolean> {
    return this.#try(async () => {
      await this.#hearth.call('files.rollback', { space, path, to: { versionsAgo: 1 } })
      this.#tell(`${nameOf(path)} is back`)
    })
  }

  /** Makes a folder, or the whole space, what it was at a moment. */
  async rollback({ space, path }: Place, moment: number): Promise<boolean> {
    return this.#try(async () => {
      const before = Date.now()
      const { restored, deleted } = await this.#hearth.call('files.rollback', { space, path, to: { moment } })
      if (restored + deleted === 0) return void this.#notices.tell('Nothing has changed since then.')
      const undo = (): unknown =>
        this.#try(() => this.#hearth.call('files.rollback', { space, path, to: { moment: before } }))
      const what = [
        restored > 0 && `${plural(restored, 'file')} brought back or changed`,
        deleted > 0 && `${plural(deleted, 'file')} taken away`,
      ]
      this.#tell(`It is as it was then: ${what.filter(Boolean).join(', ')}`, undo)
    })
  }

  /** Deletes for good what can be brought back. */
  async purge({ space, path }: Place, what: 'deleted' | 'history' | 'all'): Promise<boolean> {
    return this.#try(async () => {
      const { versions } = await this.#hearth.call('files.purge', { space, path, what })
      this.#notices.tell(`Deleted ${plural(versions, 'version')} for good`)
    })
  }

  /** @throws what the kernel says: it is shown in the dialog that asked. */
  async create({ space, path }: Place, contents: string): Promise<void> {
    await this.#hearth.call('files.write', { space, path, contents, ifVersion: 0 })
  }

  /** Just before what comes next: the newest change there is now. */
  async #moment({ space, path }: Place): Promise<number> {
    const found = await this.#hearth.call('files.stat', { space, path })
    return found.kind === 'file' ? found.file.updatedAt : found.folder.updatedAt
  }

  async #newest({ space, path }: Place): Promise<number> {
    const { versions } = await this.#hearth.call('files.history', { space, path })
    return versions.find((version) => version.path === path)?.version ?? 0
  }

  async #bringBack(place: Place, moment: number): Promise<void> {
    await this.#try(() => this.#hearth.call('files.rollback', { ...place, to: { moment } }))
  }

  #tell(text: string, undo?: () => unknown): void {
    const run = (): void => {
      dismiss()
      void undo?.()
    }
    const dismiss = this.#notices.tell(text, undo ? { action: { label: 'Undo', run } } : {})
  }

  async #try(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      this.#notices.warn(error)
      return false
    }
  }
}
