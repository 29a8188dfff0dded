/** Files on their way into and out of spaces. It outlives the room, so that one may look at other things meanwhile. */
import type { Hearth } from '../../../sdk/index.ts'
import { codeOf, errorText } from '../parts/advice.ts'
import type { Notices } from './notices.svelte.ts'
import { join } from '../files/paths.ts'

/** Bytes of one part: each is a call, and one may be lost with a kernel that dies. */
const PART_BYTES = 1024 * 1024

export class Transfer {
  done = $state(0)
  state = $state<'waits' | 'moves' | 'failed'>('waits')
  failure = $state('')
  readonly id: number
  readonly name: string
  readonly total: number
  readonly life = new AbortController()
  readonly begun = performance.now()

  constructor(id: number, name: string, total: number) {
    this.id = id
    this.name = name
    this.total = total
  }

  /** Bytes per second since it began. */
  get rate(): number {
    return (this.done / Math.max(1, performance.now() - this.begun)) * 1000
  }
}

export class Transfers {
  list = $state.raw<readonly Transfer[]>([])
  readonly #hearth: Hearth
  readonly #notices: Notices
  #count = 0
  #queue: Promise<unknown> = Promise.resolve()

  constructor(hearth: Hearth, notices: Notices) {
    this.#hearth = hearth
    this.#notices = notices
  }

  /** One after another: they share one disk. Resolves when all of these are settled. */
  async upload(space: string, folder: string, files: readonly File[]): Promise<void> {
    const waiting = files.map((file) => {
      const transfer = this.#add(file.name, file.size)
      this.#queue = this.#queue.then(() => this.#send(transfer, space, join(folder, pathOf(file)), file))
      return this.#queue
    })
    await Promise.all(waiting)
  }

  cancel(transfer: Transfer): void {
    transfer.life.abort()
    this.list = this.list.filter((one) => one !== transfer)
  }

  async #send(transfer: Transfer, space: string, path: string, file: File): Promise<void> {
    const { signal } = transfer.life
    if (signal.aborted) return
    transfer.state = 'moves'
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
      const { version } = await this.#hearth.call('files.finish', { upload }, { signal })
      if (version > 1) this.#notices.tell(`${path} was replaced. What it was before is in its versions.`)
      this.list = this.list.filter((one) => one !== transfer)
    } catch (error) {
      if (upload !== undefined) void this.#hearth.call('files.abandon', { upload }).catch(() => {})
      if (codeOf(error) === 'cancelled') return
      transfer.state = 'failed'
      transfer.failure = errorText(error)
    }
  }

  #add(name: string, total: number): Transfer {
    const transfer = new Transfer(this.#count++, name, total)
    this.list = [...this.list, transfer]
    return transfer
  }
}

/** A file of a folder that was chosen or dropped keeps its place in it. */
function pathOf(file: File): string {
  return file.webkitRelativePath === '' ? file.name : file.webkitRelativePath
}

/** Gives a blob to the browser's downloads. */
export function download(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // The browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
