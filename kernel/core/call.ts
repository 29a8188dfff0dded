/** One syscall on its way through the kernel, as its handler sees it. The gate (gate.ts) makes and settles it. */
import type { Principal, SyscallArgs, SyscallEvent, SyscallName, SyscallResult, Syscalls } from '../abi/index.ts'
import type { Mutation } from './storage/database.ts'

/** Who is calling: a port's session, or the kernel on behalf of an agent. */
export interface Caller {
  readonly principal: Principal
  /** The port's session id; null when an agent calls. */
  readonly session: string | null
  /** For a person: the tab's title or the agent's name. */
  readonly name: string
}

export interface Call<N extends SyscallName = SyscallName> {
  readonly id: string
  readonly name: N
  readonly args: SyscallArgs<N>
  readonly caller: Caller
  /** Aborts when the caller cancels (reason: HearthError `cancelled` by `caller`) or its tab dies (by `tab`). */
  readonly signal: AbortSignal
  /** Sends one event of a streaming call; dropped once the call has settled. */
  readonly emit: (event: SyscallEvent<N>) => void
}

/**
 * `atomic` handlers return their writes, which the gate commits together with the call's record, and may name what to
 * do once they are committed. All others return the result alone.
 */
export interface AtomicOutcome<R> {
  readonly result: R
  readonly writes: readonly Mutation[]
  /** Runs after the commit: publish events, update what is held in memory. Must not throw. */
  readonly after?: () => void
  /** Runs instead when the commit failed or the call was cancelled before it: nothing was written. Must not throw. */
  readonly failed?: () => void
}

export type HandlerResult<N extends SyscallName> = Syscalls[N]['journal'] extends 'atomic'
  ? AtomicOutcome<SyscallResult<N>>
  : SyscallResult<N>

export type Handler<N extends SyscallName> = (call: Call<N>) => HandlerResult<N> | Promise<HandlerResult<N>>

/** The whole table; a family's module provides its part (`satisfies Partial<Handlers>` and complete at boot). */
export type Handlers = { readonly [N in SyscallName]: Handler<N> }
/** The part of the table whose names start with one family's prefix. */
export type HandlersOf<F extends string> = Pick<Handlers, Extract<SyscallName, `${F}.${string}`>>

/** Makes a syscall on somebody's behalf, through every stage of the gate: how an agent calls a tool. */
export type Invoke = <N extends SyscallName>(
  caller: Caller,
  name: N,
  args: SyscallArgs<N>,
  options: { signal: AbortSignal; onEvent?: (event: SyscallEvent<N>) => void },
) => Promise<SyscallResult<N>>
