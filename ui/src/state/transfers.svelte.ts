/** Files on their way into and out of spaces. It outlives the room, so that one may look at other things meanwhile. */
import type { Hearth } from '../../../sdk/index.ts'
import type { Named } from '../files/dropped.ts'
import { join, nameOf } from '../files/paths.ts'
import { codeOf, errorText } from '../parts/advice.ts'
import { plural } from '../parts/format.ts'
import type { Notices } from './notices.svelte.ts'
import { Transfer } from './transfer.svelte.ts'

/** Bytes of one part: each is a call, and one may be lost with a kernel that dies. */
const PART_BYTES = 1024 * 1024

/** A file that was there before, and the version that it was. */
interface Replaced {
  readonly path: string
  readonly version: number
}

export class Transfers {
  list = $state.raw<readonly Transfer[]>([])
  readonly moving = $derived(this.list.filter(({ state }) => state === 'moves'))
  readonly waiting = $derived(this.list.filter(({ state }) => state === 'waits'))
  readonly failed = $derived(this.list.filter(({ state }) => state === 'failed'))
  readonly #hearth: Hearth
  readonly #notices: Notices
  #count = 0
  #queue: Promise<unknown> = Promise.resolve()

  constructor(hearth: Hearth, notices: Notices) {
    this.#hearth = hearth
    this.#notices = notices
    addEventListener('beforeunload', this.#leaving)
  }

  /**
   * One after another: they share one disk. What was replaced is told once for all.
   * @returns how many were added, when all of these are settled
   */
  async upload(space: string, folder: string, files: readonly Named[]): Promise<number> {
    const added = files.map(({ path, file }) => new Transfer(this.#count++, space, join(folder, path), file))
    this.list = [...this.list, ...added]
    await this.#sendAll(space, added)
    return added.filter(({ state }) => state === 'done').length
  }

  /** Tries again what failed. */
  async retry(transfer: Transfer): Promise<void> {
    transfer.again()
    await this.#sendAll(transfer.space, [transfer])
  }

  cancel(...transfers: readonly Transfer[]): void {
    for (const { life } of transfers) life.abort()
    this.#drop(transfers)
  }

  async #sendAll(space: string, transfers: readonly Transfer[]): Promise<void> {
    const sent = transfers.map((transfer) => {
      const sending = this.#queue.then(() => this.#send(transfer))
      this.#queue = sending
      return sending
    })
    const replaced = (await Promise.all(sent)).filter((one) => one !== null)
    if (replaced.length > 0) this.#tellReplaced(space, replaced)
  }

  /** @returns what it has replaced. */
  async #send(transfer: Transfer): Promise<Replaced | null> {
    const { space, path, file } = transfer
    const { signal } = transfer.life
    if (signal.aborted) return null
    transfer.begin()
    let upload: string | undefined
    try {
      // Nobody knows who wrote what is in it: an agent that reads it must not take it for the person's own words.
      const args = { space, path, bytes: file.size, outside: true }
      upload = (await this.#hearth.call('files.upload', args, { signal })).upload
      for (let at = 0; at < file.size;) {
        const contents = new Uint8Array(await file.slice(at, at + PART_BYTES).arrayBuffer())
        at = (await this.#hearth.call('files.part', { upload, at, contents }, { signal })).received
        transfer.done = at
      }
      const before = await this.#versionOf(space, path)
      await this.#hearth.call('files.finish', { upload }, { signal })
      transfer.state = 'done'
      this.#drop([transfer])
      return before === null ? null : { path, version: before }
    } catch (error) {
      if (upload !== undefined) void this.#hearth.call('files.abandon', { upload }).catch(() => {})
      if (codeOf(error) !== 'cancelled') this.#fail(transfer, error)
      return null
    }
  }

  /** The version that is there now; null when there is no such file, also when it was deleted. */
  async #versionOf(space: string, path: string): Promise<number | null> {
    const found = await this.#hearth.call('files.stat', { space, path }).catch(() => null)
    return found?.kind === 'file' ? found.file.version : null
  }

  #tellReplaced(space: string, replaced: readonly Replaced[]): void {
    const [only] = replaced
    const text =
      replaced.length === 1 && only
        ? `${nameOf(only.path)} was replaced. What it was before is in its versions.`
        : `${plural(replaced.length, 'file was', 'files were')} replaced. What they were before is in their versions.`
    const undo = async (): Promise<void> => {
      dismiss()
      const back = replaced.map(({ path, version }) =>
        this.#hearth.call('files.rollback', { space, path, to: { version } }),
      )
      const failed = (await Promise.allSettled(back)).find(({ status }) => status === 'rejected')
      if (failed?.status === 'rejected') this.#notices.warn(failed.reason)
    }
    const dismiss = this.#notices.tell(text, { action: { label: 'Undo', run: () => void undo() } })
  }

  #fail(transfer: Transfer, error: unknown): void {
    transfer.fail(codeOf(error), error instanceof DOMException ? unreadable : errorText(error))
    // Somebody who is in another room would not hear of it.
    if (!location.hash.startsWith('#/files'))
      this.#notices.tell(`${transfer.name} was not added. ${transfer.failure}`, { level: 'warning' })
  }

  #drop(gone: readonly Transfer[]): void {
    this.list = this.list.filter((one) => !gone.includes(one))
  }

  /** The browser asks before the page goes: what is on its way would be lost. */
  readonly #leaving = (event: BeforeUnloadEvent): void => {
    if (this.list.some(({ state }) => state !== 'failed')) event.preventDefault()
  };

  [Symbol.dispose](): void {
    removeEventListener('beforeunload', this.#leaving)
    this.cancel(...this.list)
  }
}

/** A file that was chosen and then deleted, moved or locked: the browser says so in words of its own. */
const unreadable = 'It can no longer be read where it was. Nothing was added; choose it again.'

/** Gives a blob to the browser's downloads. */
export function download(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // The browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
