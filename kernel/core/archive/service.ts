/** The `archive.*` syscalls. Thin: what they need is imported when the first of them is called, as most visits call none. */
import { HearthError } from '../../abi/index.ts'
import type { HandlersOf } from '../call.ts'
import type { KernelEvents } from '../events.ts'
import type { Platform } from '../platform.ts'
import { dropStaged } from './at-boot.ts'
import { setMark } from './mark.ts'
import type { OpenExports } from './open-exports.ts'

export interface ArchiveDeps {
  readonly platform: Platform
  readonly events: KernelEvents
  /** Holds chunks of files until they are named, so that no sweep takes them meanwhile; nothing is held once it is disposed of. */
  readonly pins: () => { put(bytes: Uint8Array<ArrayBuffer>): Promise<string> } & Disposable
  /** Has the host boot a new kernel, which takes in what is staged. */
  readonly replace: () => void
}

export function createArchiveHandlers({ platform, events, pins, replace }: ArchiveDeps): HandlersOf<'archive'> {
  const { database, fileBlobs, clock } = platform
  const hash = (bytes: Uint8Array<ArrayBuffer>): Promise<string> => fileBlobs.hash(bytes)
  let exports: Promise<OpenExports> | undefined
  let importing = false

  /** Resolves when nothing of an import that was given up is staged any more. */
  let dropped = Promise.resolve()

  function giveUp(held: Disposable): Promise<void> {
    importing = false
    held[Symbol.dispose]()
    return (dropped = dropStaged(database).catch(() => {}))
  }

  return {
    async 'archive.export'({ args, signal }) {
      exports ??= import('./open-exports.ts').then((module) => module.createOpenExports(platform))
      return (await exports).next(args.export, signal)
    },

    async 'archive.inspect'({ args: { file }, signal, emit }) {
      const { inspect } = await import('./inspect.ts')
      return inspect(file, { database, clock, hash, signal, onProgress: progress(emit, 'check', file) })
    },

    async 'archive.import'({ args, signal, emit }) {
      if (importing) throw underWay()
      importing = true
      const held = pins()
      try {
        const { stage } = await import('./stage.ts')
        await dropped
        await dropStaged(database)
        const onProgress = progress(emit, 'store', args.file)
        const keep = (bytes: Uint8Array<ArrayBuffer>): Promise<string> => held.put(bytes)
        const result = await stage(args, { database, clock, hash, signal, keep, onProgress })
        // Pinned until this kernel ends: the next one has the records that name them before it sweeps.
        return {
          ...{ result, writes: [setMark('import')], failed: () => void giveUp(held) },
          after() {
            events.publish({
              type: 'notice',
              level: 'info',
              code: 'imported',
              message: 'What was in the file is here now.',
            })
            replace()
          },
        }
      } catch (error) {
        await giveUp(held)
        throw error
      }
    },
  }
}

type Progress = { phase: 'read' | 'check' | 'store'; doneBytes: number; totalBytes: number | null }

/** Tells of each hundredth only. */
function progress(
  emit: (event: Progress) => void,
  phase: Progress['phase'],
  file: unknown,
): (doneBytes: number) => void {
  const { size } = Object(file) as { size?: unknown }
  const totalBytes = typeof size === 'number' ? size : null
  let told = 0
  return (doneBytes) => {
    if (doneBytes - told < (totalBytes ?? 0) / 100) return
    told = doneBytes
    emit({ phase, doneBytes, totalBytes })
  }
}

function underWay(): HearthError<'conflict'> {
  const message = 'A file is being imported already. Wait until it is done, or cancel it.'
  return new HearthError('conflict', message, { kind: 'archive', id: 'import' })
}
