/**
 * Calls between being made and being settled. Each settles exactly once; it is `queued` (not sent, or to be sent again),
 * then `sent`. The table survives the kernel: connection.ts attaches it to each new port.
 */
import { CALLS_IN_FLIGHT, HearthError } from '../kernel/abi/index.ts'
import type { KernelFrame, SettledCall } from '../kernel/abi/index.ts'
import { cancelled, resume } from './resume.ts'
import type { Outcome } from './resume.ts'

/** Places kept free for calls that make others settle; without them a full table could never empty. */
const RESERVED = 16
const urgent = new Set(['tool.settle', 'run.cancel', 'model.pause', 'kernel.stop'])

/** Milliseconds a kernel has to settle a cancelled call before it is settled here. */
const CANCEL_TIMEOUT_MS = 5_000

type Settlement = Extract<KernelFrame, { t: 'done' | 'fail' }>

interface PendingCall {
  /** As the kernel knows it; changes when the call goes on as a watcher of its run. */
  id: string
  name: string
  args: object
  sent: boolean
  cancelled: boolean
  begun: boolean
  run: string | undefined
  /** Of the last run event delivered; -1 before the first. */
  lastSeq: number
  /** How a call ends that went on as a watcher, when its run is no longer known. */
  otherwise: Outcome | undefined
  /** Of a cancelled call. */
  timer: ReturnType<typeof setTimeout> | undefined
  onEvent: ((event: unknown) => void) | undefined
  settle: (outcome: Outcome) => void
}

export class CallTable {
  readonly #prefix = `${crypto.randomUUID()}:`
  readonly #calls = new Map<string, PendingCall>()
  #count = 0
  #sent = 0
  #post: ((frame: object) => void) | undefined
  #closed: HearthError | undefined

  call(
    name: string,
    args: object,
    signal: AbortSignal | undefined,
    onEvent: ((event: unknown) => void) | undefined,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const refusal = this.#closed ?? (signal?.aborted ? cancelled('caller') : undefined)
      if (refusal) {
        reject(refusal)
        return
      }
      const abort = (): void => this.#cancel(call)
      const settle = (outcome: Outcome): void => {
        if (!this.#calls.delete(call.id)) return
        if (call.sent) this.#sent--
        clearTimeout(call.timer)
        signal?.removeEventListener('abort', abort)
        if ('error' in outcome) reject(outcome.error)
        else resolve(outcome.result)
        this.#pump()
      }
      const { run, after = -1 } = (name === 'run.watch' ? args : {}) as { run?: string; after?: number }
      const call: PendingCall = {
        ...{ id: this.#newId(), name, args, sent: false, cancelled: false, begun: false },
        ...{ run, lastSeq: after, otherwise: undefined, timer: undefined, onEvent, settle },
      }
      this.#calls.set(call.id, call)
      signal?.addEventListener('abort', abort)
      this.#pump()
    })
  }

  /** Ids of calls an earlier kernel was sent, for hello. */
  sentIds(): string[] {
    return [...this.#calls.values()].filter((call) => call.sent).map((call) => call.id)
  }

  /** Goes on over a new port, with what its kernel knows of the calls sent before. */
  attach(post: (frame: object) => void, settled: Readonly<Record<string, SettledCall>>, epoch: number): void {
    for (const call of [...this.#calls.values()]) {
      if (call.sent) this.#resume(call, settled[call.id], epoch)
    }
    // Only now, so that what is sent again goes before what was never sent.
    this.#post = post
    this.#pump()
  }

  /** Nothing is sent until the next `attach`. */
  detach(): void {
    this.#post = undefined
  }

  event(id: string, data: unknown): void {
    const call = this.#calls.get(id)
    if (!call) return
    call.begun = call.onEvent !== undefined
    if (call.name === 'agent.run' || call.name === 'run.watch') {
      const event = data as { seq: number; run?: { id: string } }
      if (event.seq <= call.lastSeq) return
      call.lastSeq = event.seq
      call.run ??= event.run?.id
    }
    try {
      call.onEvent?.(data)
    } catch (error) {
      // The listener's own defect: shown as an unhandled rejection, and no harm to other calls.
      void Promise.reject(error)
    }
  }

  settle(frame: Settlement): void {
    const call = this.#calls.get(frame.id)
    if (!call) return
    const outcome = frame.t === 'done' ? { result: frame.result } : { error: HearthError.fromWire(frame.error) }
    const forgotten = frame.t === 'fail' && frame.error.code === 'not-found'
    call.settle(forgotten && call.otherwise ? call.otherwise : outcome)
  }

  /** Ends every call, and every later one, with this error. */
  close(error: HearthError): void {
    this.#closed ??= error
    this.#post = undefined
    for (const call of [...this.#calls.values()]) call.settle({ error })
  }

  #newId(): string {
    return this.#prefix + String(this.#count++)
  }

  /** Sends what is queued, oldest first, as far as the kernel's limit allows. */
  #pump(): void {
    if (!this.#post || this.#sent >= CALLS_IN_FLIGHT) return
    for (const call of this.#calls.values()) {
      const limit = urgent.has(call.name) ? CALLS_IN_FLIGHT : CALLS_IN_FLIGHT - RESERVED
      if (!call.sent && this.#sent < limit) this.#send(call)
    }
  }

  #send(call: PendingCall): void {
    try {
      this.#post?.({ t: 'call', id: call.id, name: call.name, args: call.args })
      call.sent = true
      this.#sent++
    } catch (error) {
      // Not plain data: structured clone refused it before anything left this page.
      const issues = [{ path: '', message: String(error) }]
      const message = `${call.name} was given something that cannot be sent, such as a function. Give plain data.`
      call.settle({ error: new HearthError('bad-request', message, { issues }) })
    }
  }

  #unsend(call: PendingCall): void {
    if (call.sent) this.#sent--
    call.sent = false
  }

  #resume(call: PendingCall, settled: SettledCall | undefined, epoch: number): void {
    const resumption = resume(call, settled, epoch)
    if (resumption.next === 'settle') return void call.settle(resumption.outcome)
    this.#unsend(call)
    if (resumption.next === 'watch') {
      call.name = 'run.watch'
      call.otherwise = resumption.otherwise
      call.run = resumption.run
      this.#rename(call)
      if (call.cancelled) this.#cancelRun(resumption.run)
    } else if (resumption.newId) {
      this.#rename(call)
    }
    if (call.name === 'run.watch') call.args = { run: call.run, after: call.lastSeq }
  }

  #rename(call: PendingCall): void {
    this.#calls.delete(call.id)
    call.id = this.#newId()
    this.#calls.set(call.id, call)
  }

  #cancel(call: PendingCall): void {
    if (call.cancelled) return
    call.cancelled = true
    const give = (): void => call.settle({ error: cancelled('caller') })
    if (!call.sent) return void give()
    // Without a kernel there is nobody to tell; the next one's answer to hello decides.
    if (!this.#post) return
    // What started as agent.run stops its run; a mere watcher stops watching.
    if (call.otherwise && call.run !== undefined) this.#cancelRun(call.run)
    else this.#post({ t: 'cancel', id: call.id })
    call.timer = setTimeout(give, CANCEL_TIMEOUT_MS)
  }

  #cancelRun(run: string): void {
    this.call('run.cancel', { run }, undefined, undefined).catch(() => undefined)
  }
}
