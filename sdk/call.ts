/** What every part of the client is made of: a typed call, and listening. */
import type { KernelEvent, SyscallEvent, SyscallInput, SyscallName, SyscallResult } from '../kernel/abi/index.ts'

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

/** What `hearth.on` calls with each event of the type. */
export type Listener<T extends HearthEvent['type']> = (event: Extract<HearthEvent, { type: T }>) => void

export interface CallOptions<N extends SyscallName = SyscallName> {
  /** Aborting asks the kernel to stop the call; it then rejects with `cancelled`, unless it was already done. */
  signal?: AbortSignal | undefined
  /** Called with each event of a streaming call, in order. */
  onEvent?: ((event: SyscallEvent<N>) => void) | undefined
}

/** Makes one syscall. */
export type Call = <N extends SyscallName>(
  name: N,
  args: SyscallInput<N>,
  options?: CallOptions<N>,
) => Promise<SyscallResult<N>>

/** Calls `listener` for each event of one type; the returned function, also a disposable, stops that. */
export type On = <T extends HearthEvent['type']>(type: T, listener: Listener<T>) => (() => void) & Disposable
