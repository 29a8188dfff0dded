/**
 * The `files` family as the rest of the kernel sees it: small, because a kernel whose files nobody asks for does not need what
 * does the work, which is imported with the first call.
 */
import type { SyscallName } from '../../abi/index.ts'
import type { Handler, HandlersOf } from '../call.ts'
import type { KernelEvents } from '../events.ts'
import type { WordVectors } from '../memory/search/word-vectors.ts'
import type { Platform } from '../platform.ts'
import type { Mutation } from '../storage/database.ts'
import { Contents, type Pins } from './contents.ts'
import type { FileTools } from './file-tools.ts'
import type { OpenFiles } from './handlers.ts'

export interface FilesServiceDeps {
  readonly platform: Pick<Platform, 'clock' | 'random' | 'database' | 'fileBlobs'>
  readonly events: Pick<KernelEvents, 'publish'>
  /** Whether there is such an agent: no other has a space. */
  readonly agentExists: (id: string) => boolean
  /** The built-in embedder; null when it cannot be had now. */
  readonly words: () => Promise<WordVectors | null>
}

export interface FilesService extends Disposable {
  readonly handlers: HandlersOf<'files'>
  /** What agents' tools do; imported when first asked for. */
  readonly tools: () => Promise<FileTools>
  /** Stores contents that a record is about to name; what none names once it is disposed of is deleted. */
  pins(): Pins
  /** The writes that delete an agent's space, for the commit that deletes the agent; one of the two is called after it. */
  forget(agent: string, signal: AbortSignal): Promise<{ writes: readonly Mutation[]; after(): void; failed(): void }>
  /** Deletes contents that nothing names, such as a crash leaves. @returns how many chunks these were */
  sweep(): Promise<number>
}

type Name = Extract<SyscallName, `files.${string}`>

export function createFilesService(deps: FilesServiceDeps): FilesService {
  const { database, clock, fileBlobs } = deps.platform
  const contents = new Contents({ blobs: fileBlobs, database, clock })
  const life = new AbortController()
  let loading: Promise<OpenFiles> | null = null

  const load = (): Promise<OpenFiles> => {
    loading ??= import('./handlers.ts')
      .then(({ openFiles }) => openFiles({ ...deps, contents, signal: life.signal }))
      .catch((error: unknown) => {
        // Offline before the first visit was complete; the next call tries again.
        loading = null
        throw error
      })
    return loading
  }

  const later =
    <N extends Name>(name: N): Handler<N> =>
    async (call) =>
      (await load()).handlers[name](call)

  return {
    handlers: {
      'files.spaces': later('files.spaces'),
      'files.list': later('files.list'),
      'files.stat': later('files.stat'),
      'files.read': later('files.read'),
      'files.write': later('files.write'),
      'files.upload': later('files.upload'),
      'files.part': later('files.part'),
      'files.finish': later('files.finish'),
      'files.abandon': later('files.abandon'),
      'files.move': later('files.move'),
      'files.delete': later('files.delete'),
      'files.history': later('files.history'),
      'files.rollback': later('files.rollback'),
      'files.search': later('files.search'),
      'files.watch': later('files.watch'),
      'files.purge': later('files.purge'),
    },
    tools: async () => (await load()).tools,
    // Not by the sweeper, which comes with the first call; what a sweep that fails leaves, the next kernel's first one finds.
    pins: () => contents.pins((hashes) => void contents.sweep(life.signal, new Set(hashes)).catch(() => 0)),
    forget: async (agent, signal) => (await load()).files.forget(agent, signal),
    sweep: () => contents.sweep(life.signal),
    [Symbol.dispose]: () => life.abort(new Error('The kernel is ending.')),
  }
}
