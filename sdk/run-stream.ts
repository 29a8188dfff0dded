/** A run as it happens: events to iterate, and promises for those who only want the end. */
import { HearthError } from '../kernel/abi/index.ts'
import type { ErrorCode, ErrorData, Run, RunEvent } from '../kernel/abi/index.ts'
import { deferred } from './deferred.ts'
import { EventQueue } from './event-queue.ts'
import type { CallOptions } from './call.ts'

/**
 * Events in order, without gap or repeat, also across a kernel restart. Iterate it once; leaving the loop early stops the
 * run (a stream from `agent.run`) or only the watching (one from `runs.watch`).
 */
export interface RunStream extends AsyncIterable<RunEvent> {
  /** The run's id, once the kernel has begun it. */
  readonly id: Promise<string>
  /** The run as it ended. Rejects with the HearthError that ended the call. */
  readonly result: Promise<Run>
  /** The last answer's whole text, once the run has ended. Rejects when the run failed. */
  text(): Promise<string>
  /** Stops the run and keeps what was written. Resolves once it has ended. */
  cancel(): Promise<void>
  /**
   * Takes the model from the run at the next token and lets it wait, also across restarts; a tool call under way ends
   * first. The stream then shows `paused`, and `resumed` once it goes on. Pausing what is paused does no harm.
   */
  pause(): Promise<Run>
  /** Lets the run go on where it stopped, unless its agent or everything is paused as well. */
  resume(): Promise<Run>
}

/** What a stream can do to its run. */
export type RunControl = Record<'cancel' | 'pause' | 'resume', (run: string) => Promise<Run>>

interface Source {
  signal?: AbortSignal | undefined
  onEvent?: ((event: RunEvent) => void) | undefined
  /** For a watcher: the run it follows. */
  run?: string
  control: RunControl
}

/** @param start makes the call; it is made at once. */
export function createRunStream(
  start: (options: CallOptions<'agent.run'>) => Promise<Run>,
  { signal, onEvent, run, control }: Source,
): RunStream {
  const controller = new AbortController()
  const queue = new EventQueue<RunEvent>(() => controller.abort())
  const id = deferred<string>()
  let answer = ''
  let round = 0
  let complete = true

  function take(event: RunEvent): void {
    if (event.type === 'queued' || event.type === 'started') id.resolve((run = event.run.id))
    if (event.type === 'text') {
      answer = answer.slice(0, event.offset) + event.text
      round = event.round
      complete = false
    }
    if (event.type === 'turn' && event.turn.role === 'assistant') {
      if (complete) [answer, round] = ['', round + 1]
      // The journal of an ended run keeps turns, not their pieces: who comes back late gets the rest in one.
      const { text } = event.turn
      const offset = answer.length
      if (text.length > offset && text.startsWith(answer)) {
        tell({ type: 'text', seq: event.seq - 1, at: event.at, round, offset, text: text.slice(offset) })
      }
      answer = text
      complete = true
    }
    tell(event)
  }

  function tell(event: RunEvent): void {
    queue.push(event)
    onEvent?.(event)
  }

  const result = start({
    signal: signal ? AbortSignal.any([signal, controller.signal]) : controller.signal,
    onEvent: take,
  })
  if (run !== undefined) id.resolve(run)
  result.then(
    (ended) => {
      id.resolve(ended.id)
      queue.end()
    },
    (error: unknown) => {
      id.reject(error)
      queue.end(error)
    },
  )
  // Who only iterates hears of a failure there.
  id.promise.catch(() => undefined)

  return {
    id: id.promise,
    result,
    async text() {
      const { error } = await result
      if (error) throw failure(error)
      return answer
    },
    async cancel() {
      // Through the run where it is known, so that the stream still shows how it ended.
      if (run === undefined) controller.abort()
      else await control.cancel(run)
      await result.catch(() => undefined)
    },
    pause: async () => control.pause(await id.promise),
    resume: async () => control.resume(await id.promise),
    [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
  }
}

/** A run keeps only the code and the message of what ended it. */
function failure({ code, message }: { code: string; message: string }): HearthError {
  return new HearthError(code as ErrorCode, message, {} as ErrorData[ErrorCode])
}
