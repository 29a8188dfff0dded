/**
 * A files service on the in-memory twins. `call` stands for the gate: it commits what an atomic handler returns, or tells it that
 * it could not.
 */
import { readFile } from 'node:fs/promises'
import type { KernelEvent, Principal, SyscallInput, SyscallName, SyscallResult } from '../../../kernel/abi/index.ts'
import { syscalls } from '../../../kernel/abi/syscalls/index.ts'
import type { AtomicOutcome, Call } from '../../../kernel/core/call.ts'
import { createKernelEvents } from '../../../kernel/core/events.ts'
import type { FileBlobs } from '../../../kernel/core/files/file-blobs.ts'
import { createFilesService, type FilesService } from '../../../kernel/core/files/service.ts'
import { WordVectors } from '../../../kernel/core/memory/search/word-vectors.ts'
import type { Clock } from '../../../kernel/core/platform.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createMemoryFileBlobs, type MemoryFileBlobs } from '../../../kernel/drivers/memory/file-blobs.ts'
import { createCountingRandom } from '../../../kernel/drivers/memory/random.ts'

export const user: Principal = { kind: 'user' }
export const agent: Principal = { kind: 'agent', id: 'a1', run: 'run1' }

type FileCall = Extract<SyscallName, `files.${string}`>

export interface CallOptions {
  principal?: Principal
  signal?: AbortSignal
  emit?: (event: never) => void
}

export interface Harness {
  readonly service: FilesService
  readonly database: Database
  readonly blobs: MemoryFileBlobs
  readonly events: KernelEvent[]
  /** Agents that exist; deleting one here is what the agents' service does. */
  readonly agents: Set<string>
  /** What time it is; it goes on by itself by a millisecond a look. */
  now: number
  call<N extends FileCall>(name: N, args: SyscallInput<N>, options?: CallOptions): Promise<SyscallResult<N>>
  text(path: string, space?: string): Promise<string>
  paths(space?: string): Promise<string[]>
  /** Lets go of what the sweeper waits for, and waits until it is done. */
  swept(): Promise<void>
}

let words: Promise<WordVectors> | undefined

export function createHarness(
  parts: { database?: Database; blobs?: MemoryFileBlobs; around?: (blobs: FileBlobs) => FileBlobs } = {},
): Harness {
  const database = parts.database ?? createMemoryDatabase()
  const blobs = parts.blobs ?? createMemoryFileBlobs()
  const kernelEvents = createKernelEvents()
  const events: KernelEvent[] = []
  kernelEvents.subscribe((event) => events.push(event))
  const agents = new Set(['a1', 'a2'])
  const clock: Clock = {
    now: () => (harness.now += 1),
    monotonic: () => (harness.now += 1),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return void reject(signal.reason)
        // The sweeper's rest is over when a test says so.
        if (ms > 0) resting.push(resolve)
        else setImmediate(resolve)
      }),
  }
  let resting: (() => void)[] = []
  const service = createFilesService({
    platform: { clock, database, random: createCountingRandom(), fileBlobs: parts.around?.(blobs) ?? blobs },
    events: kernelEvents,
    agentExists: (id) => agents.has(id),
    words: () => (words ??= readFile('wasm/words/words.bin').then((bytes) => WordVectors.parse(bytes))),
  })
  const harness: Harness = {
    ...{ service, database, blobs, events, agents, now: 1_000_000 },
    async call(name, args, { principal = user, signal = new AbortController().signal, emit = () => {} } = {}) {
      const checked = syscalls[name].args.parse(args)
      const call = { id: 'call', name, args: checked, caller: { principal, session: null, name: 'Test' }, signal, emit }
      const result: unknown = await service.handlers[name](call as Call as never)
      if (syscalls[name].journal !== 'atomic') return result as never
      const outcome = result as AtomicOutcome<unknown>
      try {
        await database.commit(outcome.writes, 'strict')
      } catch (error) {
        outcome.failed?.()
        throw error
      }
      outcome.after?.()
      return outcome.result as never
    },
    text: async (path, space = 'a1') => (await harness.call('files.read', { space, path, as: 'text' })).text ?? '',
    paths: async (space = 'a1') =>
      (await harness.call('files.list', { space, recursive: true })).files.map(({ path }) => path),
    async swept() {
      for (let quiet = 0; quiet < 3; quiet += 1) {
        const waking = resting
        resting = []
        for (const wake of waking) wake()
        for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve))
        if (waking.length > 0) quiet = 0
      }
    },
  }
  return harness
}

/** Bytes that do not repeat, and are no text. */
export function pattern(bytes: number, seed = 1): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes)
  let state = seed
  for (let at = 0; at < bytes; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    out[at] = state >>> 24
  }
  return out
}
