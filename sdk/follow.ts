/** A watching call as something to iterate. */
import type { SyscallEvent, SyscallInput, SyscallName } from '../kernel/abi/index.ts'
import type { Call } from './call.ts'
import { EventQueue } from './event-queue.ts'

/** Leaving the loop ends the call, and so does the signal; neither is an error. */
export function follow<N extends SyscallName>(
  call: Call,
  name: N,
  args: SyscallInput<N>,
  signal?: AbortSignal,
): AsyncIterable<SyscallEvent<N>> {
  const left = new AbortController()
  const queue = new EventQueue<SyscallEvent<N>>(() => left.abort())
  call(name, args, {
    signal: signal ? AbortSignal.any([signal, left.signal]) : left.signal,
    onEvent: (event) => queue.push(event),
  }).then(
    () => queue.end(),
    (error: unknown) => (signal?.aborted ? queue.end() : queue.end(error)),
  )
  return queue
}
