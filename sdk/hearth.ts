/** The connected client: what `connect()` gives. One per tab is enough; close it when the page no longer needs it. */
import type { KernelEvent, SyscallEvent, SyscallInput, SyscallName, SyscallResult } from '../kernel/abi/index.ts'
import { createAgents } from './agents.ts'
import type { Agents } from './agents.ts'
import type { Connection } from './connection.ts'
import { createKernelControl } from './kernel.ts'
import type { KernelControl } from './kernel.ts'
import { createListeners } from './listeners.ts'
import { createLlm } from './llm.ts'
import type { Llm } from './llm.ts'
import { createMemory } from './memory.ts'
import type { MemoryStore } from './memory.ts'
import { createModels } from './models.ts'
import type { Models } from './models.ts'
import { createRuns } from './runs.ts'
import type { Runs } from './runs.ts'
import { createTools } from './tools.ts'
import type { Tools } from './tools.ts'

/** `connecting` also while a dead kernel is being replaced; calls made then wait and are sent afterwards. */
export type ConnectionState = 'connecting' | 'connected' | 'closed'

/** Told when the connection changes. After `connected` with a new epoch, read again what you show: changes may have been missed. */
export interface ConnectionEvent {
  type: 'connection'
  state: ConnectionState
  /** Rises with every kernel start. */
  epoch: number
}

/** What `hearth.on` can tell: the kernel's own events, and changes of the connection to it. */
export type HearthEvent = KernelEvent | ConnectionEvent

export type Listener<T extends HearthEvent['type']> = (event: Extract<HearthEvent, { type: T }>) => void

export interface CallOptions<N extends SyscallName = SyscallName> {
  /** Aborting asks the kernel to stop the call; it then rejects with `cancelled`, unless it was already done. */
  signal?: AbortSignal | undefined
  /** Called with each event of a streaming call, in order. */
  onEvent?: ((event: SyscallEvent<N>) => void) | undefined
}

export interface Hearth extends AsyncDisposable {
  /** Number of the kernel start this client talks to. */
  readonly epoch: number
  readonly state: ConnectionState
  readonly models: Models
  readonly agents: Agents
  readonly runs: Runs
  readonly llm: Llm
  readonly tools: Tools
  readonly memory: MemoryStore
  readonly kernel: KernelControl
  /**
   * Calls `listener` for each event of one type until the returned handle is disposed of (or called).
   * The first listener of a kernel event opens one `kernel.watch` call, shared by all.
   */
  on<T extends HearthEvent['type']>(type: T, listener: Listener<T>): (() => void) & Disposable
  /**
   * Any syscall by name, typed. The named members above are made of this.
   * @throws HearthError with the syscall's own codes, or `cancelled`, `unknown`, `kernel-restarted`.
   */
  call<N extends SyscallName>(name: N, args: SyscallInput<N>, options?: CallOptions<N>): Promise<SyscallResult<N>>
  /** Ends this client: unsettled calls reject with `cancelled`, page tools and lent workers go. Runs go on in the kernel. */
  close(): Promise<void>
}

/** @internal Puts the named members on top of a connection. */
export function createHearth(connection: Connection): Hearth {
  const call: Hearth['call'] = (name, args, { signal, onEvent } = {}) =>
    // The kernel checks arguments and results by the syscall's schemas; here they only pass.
    connection.calls.call(name, args, signal, onEvent as ((event: unknown) => void) | undefined) as Promise<never>
  const on = createListeners(call, connection)

  const close = (): Promise<void> => {
    connection.close()
    return Promise.resolve()
  }
  return {
    get epoch() {
      return connection.epoch
    },
    get state() {
      return connection.state
    },
    models: createModels(call, on),
    agents: createAgents(call),
    runs: createRuns(call),
    llm: createLlm(call),
    tools: createTools(call, on),
    memory: createMemory(call),
    kernel: createKernelControl(call),
    on,
    call,
    close,
    [Symbol.asyncDispose]: close,
  }
}
