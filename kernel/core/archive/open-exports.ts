/** Exports under way: each goes on when its next part is asked for, and is dropped when nobody asks any more. */
import { HearthError, type SyscallResult } from '../../abi/index.ts'
import type { Platform } from '../platform.ts'
import { ArchiveExport } from './export.ts'
import { EXPORTS_OPEN, EXPORT_IDLE_MS } from './param.ts'
import { storageByKind } from './storage-kinds.ts'

export interface OpenExports {
  /** The next part of an export, or the first of a new one. */
  next(id: string | undefined, signal: AbortSignal): Promise<SyscallResult<'archive.export'>>
}

interface Open {
  readonly id: string
  readonly archive: ArchiveExport
  readonly parts: AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined>
  readonly life: AbortController
  readonly totalBytes: number
  /** Ends the wait after which it is dropped. */
  awake: AbortController
  busy: boolean
}

export function createOpenExports(platform: Platform): OpenExports {
  const { database, fileBlobs, clock, random, version } = platform
  const open = new Map<string, Open>()

  async function begin(): Promise<Open> {
    const kinds = await storageByKind(platform, 0, null)
    // Nothing may be awaited from here until it is among those that are open, or there would be more.
    if (open.size >= EXPORTS_OPEN) {
      const message = `${EXPORTS_OPEN} exports are under way already. Wait for one to end, or a minute after closing its tab.`
      const data = { limit: 'exports under way', maximum: EXPORTS_OPEN, retryAfterMs: EXPORT_IDLE_MS }
      throw new HearthError('over-limit', message, data)
    }
    const id = random.id('export')
    const life = new AbortController()
    const archive = new ArchiveExport({ database, blobs: fileBlobs, clock, signal: life.signal, version })
    // Models and vectors stay, and the log; a record as JSON takes a little more than it does in the database.
    const mine = kinds.filter(({ kind }) => kind !== 'vectors' && kind !== 'journal')
    const totalBytes = mine.reduce((sum, { bytes }) => sum + bytes, 0)
    const entry = { id, archive, parts: archive.parts(), life, totalBytes, awake: new AbortController(), busy: false }
    open.set(id, entry)
    return entry
  }

  function close(entry: Open): void {
    open.delete(entry.id)
    entry.awake.abort()
    entry.life.abort(gone(entry.id))
  }

  function rest(entry: Open): void {
    entry.awake = new AbortController()
    clock.sleep(EXPORT_IDLE_MS, entry.awake.signal).then(
      () => close(entry),
      () => {},
    )
  }

  return {
    async next(id, signal) {
      const entry = id === undefined ? await begin() : open.get(id)
      // Two at once would each get half of the file.
      if (entry === undefined || entry.busy) throw gone(id ?? '')
      entry.busy = true
      entry.awake.abort()
      const stop = (): void => close(entry)
      signal.addEventListener('abort', stop, { once: true })
      try {
        const { value, done } = await entry.parts.next()
        signal.throwIfAborted()
        const { archive, totalBytes } = entry
        if (done === true) close(entry)
        else rest(entry)
        const doneBytes = archive.written
        return {
          export: entry.id,
          part: value ?? new Uint8Array(0),
          done: done === true,
          leftOut: done === true ? archive.leftOut : [],
          progress: { phase: 'read', doneBytes, totalBytes: Math.max(totalBytes, doneBytes) },
        }
      } catch (error) {
        close(entry)
        throw error
      } finally {
        entry.busy = false
        signal.removeEventListener('abort', stop)
      }
    },
  }
}

function gone(id: string): HearthError<'not-found'> {
  const message = 'This export was dropped, because nobody asked for its next part. Begin it again.'
  return new HearthError('not-found', message, { kind: 'export', id })
}
