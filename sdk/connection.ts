/**
 * The link to the kernel, and what keeps it: hello, noticing that the kernel died, and going on with the next one. Knows
 * frames and ports, not what calls mean (call-table.ts) nor what a page sees (hearth.ts).
 *
 * - One link at a time; frames of an earlier port are never looked at.
 * - `closed` is final: every call then rejects with the error that ended it.
 */
import { HearthError, PROTOCOL } from '../kernel/abi/index.ts'
import type { KernelFrame } from '../kernel/abi/index.ts'
import { CallTable } from './call-table.ts'
import type { Environment } from './environment.ts'
import type { ConnectionState } from './call.ts'
import { Lending } from './lending.ts'
import { cancelled } from './resume.ts'

/** Milliseconds a kernel has to answer hello; a cold start with a database upgrade takes well under one second. */
const HELLO_TIMEOUT_MS = 15_000

/** Milliseconds before each attempt to reach a new kernel; after the last it is given up. */
const RETRY_MS = [0, 100, 500, 2_000, 5_000]

/** Milliseconds a link must have lasted for the attempts to be counted anew: a kernel that keeps dying is given up too. */
const STABLE_MS = 10_000

export interface ConnectionIdentity {
  name: string
  role: 'panel' | 'app'
}

type HelloAnswer = Extract<KernelFrame, { t: 'hello' }>

export class Connection {
  readonly calls = new CallTable()
  onChange: () => void = () => undefined
  readonly #environment: Environment
  readonly #identity: ConnectionIdentity
  readonly #lending: Lending
  readonly #ignoreFreezes: () => void
  /** Ends the present link, or the attempt at one. */
  #link = new AbortController()
  #release: (() => void) | undefined
  #state: ConnectionState = 'connecting'
  #epoch = 0
  #attempts = 0
  #since = 0

  constructor(environment: Environment, identity: ConnectionIdentity) {
    this.#environment = environment
    this.#identity = identity
    this.#lending = new Lending(environment)
    this.#ignoreFreezes = environment.onFreeze(
      // A page in the back/forward cache runs nothing; to the kernel it is gone until it comes back.
      () => this.#unlink(),
      () => void this.#reconnect(),
    )
  }

  get state(): ConnectionState {
    return this.#state
  }

  get epoch(): number {
    return this.#epoch
  }

  /** The first connection; not retried, so that its error is heard at once. */
  async open(signal: AbortSignal | undefined): Promise<void> {
    const abort = () => this.close(cancelled('caller'))
    signal?.addEventListener('abort', abort)
    try {
      signal?.throwIfAborted()
      await this.#connect()
    } catch (error) {
      this.close(asHearthError(error))
      throw signal?.aborted ? signal.reason : error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  close(error: HearthError = cancelled('tab')): void {
    if (this.#state === 'closed') return
    this.#ignoreFreezes()
    this.#unlink('closed')
    this.calls.close(error)
  }

  /** One attempt at a link. */
  async #connect(): Promise<void> {
    const link = this.#link
    const lock = `hearth:tab:${crypto.randomUUID()}`
    const release = await this.#environment.hold(lock)
    if (link.signal.aborted) {
      release()
      throw cancelled('tab')
    }
    this.#release = release
    const { port, answer } = await this.#hello(lock, link.signal)
    this.#epoch = answer.epoch
    // The kernel holds this lock for as long as it lives.
    this.#environment.whenReleased(`hearth:kernel:${answer.epoch}`, link.signal).then(
      () => this.#lost(link),
      () => undefined,
    )
    // Newer browsers also tell of a port whose other end is gone, the rest say nothing.
    port.addEventListener('close', () => this.#lost(link))
    this.#since = performance.now()
    this.calls.attach((frame) => port.postMessage(frame), answer.settled, answer.epoch)
    this.#enter('connected')
  }

  /** Resolves with the kernel's answer, or rejects; the port closes with the link. */
  #hello(lock: string, link: AbortSignal): Promise<{ port: MessagePort; answer: HelloAnswer }> {
    return new Promise((resolve, reject) => {
      const port = this.#environment.openKernel((reason) =>
        reject(
          new HearthError('internal', `Hearth's kernel could not be started: ${reason}. Reload this page.`, { reason }),
        ),
      )
      const timer = setTimeout(() => reject(silent()), HELLO_TIMEOUT_MS)
      link.addEventListener('abort', () => {
        clearTimeout(timer)
        port.close()
        reject(cancelled('tab'))
      })
      port.addEventListener('close', () => reject(endedEarly()))
      port.onmessage = ({ data }: MessageEvent<KernelFrame>) => {
        if (link.aborted) return
        if (data.t === 'hello') {
          clearTimeout(timer)
          resolve({ port, answer: data })
        } else if (data.t === 'fail' && data.id === 'hello') {
          const error = HearthError.fromWire(data.error)
          reject(error)
          // Said later it is the kernel's last word to a client that it has shut out.
          if (this.#state === 'connected') this.close(error)
        } else this.#receive(data, port)
      }
      port.postMessage({
        t: 'hello',
        protocol: PROTOCOL,
        lock,
        ...this.#identity,
        lends: this.#environment.lends,
        isolated: this.#environment.isolated,
        pending: this.calls.sentIds(),
      })
    })
  }

  #receive(frame: KernelFrame, port: MessagePort): void {
    if (frame.t === 'event') this.calls.event(frame.id, frame.data)
    else if (frame.t === 'done' || frame.t === 'fail') this.calls.settle(frame)
    else if (frame.t === 'lend') this.#lending.lend(frame, (answer, transfer) => port.postMessage(answer, transfer))
    else if (frame.t === 'reclaim') this.#lending.reclaim(frame.lease)
  }

  #lost(link: AbortController): void {
    if (link.signal.aborted) return
    this.#unlink()
    void this.#reconnect()
  }

  async #reconnect(): Promise<void> {
    if (performance.now() - this.#since > STABLE_MS) this.#attempts = 0
    let reason = keepsEnding()
    while (this.#state !== 'connected') {
      this.#unlink()
      const pause = RETRY_MS[this.#attempts++]
      if (pause === undefined || reason.code === 'protocol-mismatch') {
        this.close(reason)
        return
      }
      const link = this.#link
      await new Promise((resolve) => setTimeout(resolve, pause))
      // Closed or frozen meanwhile, or somebody else reconnects.
      if (link !== this.#link) return
      try {
        await this.#connect()
      } catch (error) {
        reason = asHearthError(error)
        if (reason.code === 'cancelled') return
      }
    }
  }

  /** Lets go of everything that belonged to the link. What starts anew must own `#link` afterwards. */
  #unlink(state: ConnectionState = 'connecting'): void {
    this.#link.abort()
    this.#link = new AbortController()
    this.calls.detach()
    this.#lending.reclaimAll()
    this.#release?.()
    this.#release = undefined
    this.#enter(state)
  }

  #enter(state: ConnectionState): void {
    if (this.#state === state) return
    this.#state = state
    this.onChange()
  }
}

function silent(): HearthError<'timeout'> {
  const message =
    'Hearth did not answer. Close the other tabs of this site, then reload this one; nothing stored is lost.'
  return new HearthError('timeout', message, { afterMs: HELLO_TIMEOUT_MS, what: 'connecting to the kernel' })
}

function endedEarly(): HearthError {
  const message = "Hearth's kernel ended while it was starting. Reload this page; nothing stored is lost."
  return new HearthError('internal', message, { reason: 'the kernel closed its port before it answered' })
}

function keepsEnding(): HearthError {
  const message = "Hearth's kernel keeps ending. Reload this page; nothing stored is lost."
  return new HearthError('internal', message, { reason: 'the kernel ended again right after it started' })
}

function asHearthError(error: unknown): HearthError {
  if (error instanceof HearthError) return error as HearthError
  const reason = error instanceof Error ? error.message : String(error)
  return new HearthError('internal', `Hearth could not connect: ${reason}. Reload this page.`, { reason })
}
