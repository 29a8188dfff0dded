/**
 * One port's side of the conversation: hello first, then calls, cancels and answers to `lend`. It knows who is calling, and
 * it is where a hostile or broken client meets its limits, so that nobody else notices. A session ends when its tab dies,
 * when it floods, or when the kernel stops; all that it held is then let go.
 *
 * Do not trust a field of a frame before it is checked here; do not validate arguments here, the gate does.
 */
import { CALLS_IN_FLIGHT, HearthError, NAME_UNITS, PROTOCOL, toWire } from '../abi/index.ts'
import type { KernelFrame, Principal, SettledCall } from '../abi/index.ts'
import { HelloFrame, LendReplyFrame } from '../abi/frames.ts'
import type { Account, Sink } from './active-call.ts'
import type { Caller } from './call.ts'
import type { Endpoint } from './endpoint.ts'
import type { Gate } from './gate.ts'
import type { LendingTab, Leases } from './leases.ts'
import { FRAMES_PER_TURN, HELLO_TIMEOUT_MS, REFUSALS_PER_SESSION } from './param.ts'
import type { Clock, Liveness } from './platform.ts'
import { check } from './validate.ts'

export interface SessionDeps {
  readonly id: string
  readonly endpoint: Endpoint
  readonly gate: Gate
  readonly leases: Leases
  readonly clock: Clock
  readonly liveness: Liveness
  readonly epoch: number
  /** Origin of the page at the other end. */
  readonly origin: string
  /** Called when it has said hello, and when it is over. */
  readonly onChange: (session: Session) => void
}

/** Id under which the answer to hello fails, and the last word to a port that is being closed. */
const HELLO = 'hello'

export class Session implements Disposable {
  readonly id: string
  readonly since: number
  /** Set once it has said hello. */
  hello: HelloFrame | undefined
  #state: 'new' | 'greeting' | 'open' | 'closed' = 'new'
  #frames = 0
  #refusals = 0
  #account: Account | undefined
  #tab: LendingTab | undefined
  readonly #deps: SessionDeps
  readonly #closed = new AbortController()
  readonly #greeted = new AbortController()
  readonly #sink: Sink

  constructor(deps: SessionDeps) {
    this.#deps = deps
    this.id = deps.id
    this.since = deps.clock.now()
    const { endpoint, epoch } = deps
    this.#sink = {
      event: (id, seq, data) => this.#post({ t: 'event', id, seq, data }),
      // Posted without a guard: when the result cannot be cloned the call has to fail.
      done: (id, result) => {
        if (this.#state !== 'closed')
          endpoint.postMessage({ t: 'done', id, epoch, result } satisfies KernelFrame, movable(result))
      },
      fail: (id, error) => this.#post({ t: 'fail', id, epoch, error }),
    }
    deps.endpoint.listen((message, ports) => this.#receive(message, ports))
    deps.clock.sleep(HELLO_TIMEOUT_MS, this.#greeted.signal).then(
      () => this[Symbol.dispose](),
      () => {},
    )
  }

  get open(): boolean {
    return this.#state === 'open'
  }

  get over(): boolean {
    return this.#state === 'closed'
  }

  #receive(message: unknown, ports: readonly unknown[]): void {
    if (this.#state === 'closed') return
    // A tick costs a timer, so it is posted only once a burst is under way, and says when that burst is over.
    if (++this.#frames === FRAMES_PER_TURN / 2) this.#awaitTurn()
    if (this.#frames > FRAMES_PER_TURN) return void this.#end(flood())
    if (typeof message !== 'object' || message === null) return void this.#refuse()
    const frame = message as Readonly<Record<string, unknown>>
    switch (frame['t']) {
      case 'call':
        return void this.#call(frame)
      case 'cancel':
        return void this.#cancel(frame)
      case 'lend':
        return void this.#lend(frame, ports)
      case 'hello':
        return void this.#greet(frame)
      default:
        return void this.#refuse()
    }
  }

  #awaitTurn(): void {
    this.#deps.clock.sleep(0, this.#closed.signal).then(
      () => (this.#frames = 0),
      () => {},
    )
  }

  // By hand, not by schema: this is the path of every call, and there are two strings to look at.
  #call(frame: Readonly<Record<string, unknown>>): void {
    const { id, name, args } = frame
    if (!isId(id)) return void this.#refuse()
    const account = this.#account
    if (account === undefined) return void this.#refuse(id, 'Say hello and wait for its answer before anything else.')
    if (typeof name !== 'string') return void this.#refuse(id, 'A call names its syscall.')
    if (!this.#deps.gate.begin(account, id, name, args, this.#sink)) this.#count()
  }

  #cancel({ id }: Readonly<Record<string, unknown>>): void {
    if (!isId(id)) return void this.#refuse()
    const call = this.#account?.calls.get(id)
    // A cancel that crosses the settlement on its way finds nothing, which is fine.
    if (call === undefined) return
    this.#deps.gate.cancel(call, new HearthError('cancelled', 'The call was cancelled.', { by: 'caller' }))
  }

  #lend(frame: Readonly<Record<string, unknown>>, ports: readonly unknown[]): void {
    // Only what was really transferred counts as a port, whatever `port` says.
    const [port] = ports
    const { port: _, ...rest } = frame
    const checked = check(LendReplyFrame, rest, 'The answer to lend')
    if (this.#tab === undefined || !checked.ok) return void this.#refuse()
    this.#deps.leases.reply(this.#tab, checked.value.lease, port, checked.value.reason)
  }

  #greet(frame: Readonly<Record<string, unknown>>): void {
    if (this.#state !== 'new') return void this.#refuse(HELLO, 'Hello was said already.')
    // Before the shape: an older client's hello may well have another one.
    if (frame['protocol'] !== PROTOCOL) return void this.#end(mismatch(frame['protocol']))
    const checked = check(HelloFrame, frame, 'The hello')
    if (!checked.ok) return void this.#end(checked.error)
    const hello = checked.value
    const principal: Principal = hello.role === 'panel' ? { kind: 'user' } : { kind: 'app', id: this.#deps.origin }
    this.#state = 'greeting'
    this.#greeted.abort()
    this.hello = hello
    this.#deps.liveness.whenReleased(hello.lock, this.#closed.signal).then(
      () => this[Symbol.dispose](),
      () => this[Symbol.dispose](),
    )
    if (hello.pending.length === 0) return void this.#welcome(hello, principal, {})
    this.#settled(hello.pending, principal).then(
      (settled) => this.#welcome(hello, principal, settled),
      (error: unknown) => this.#end(error),
    )
  }

  async #settled(pending: readonly string[], principal: Principal): Promise<Record<string, SettledCall>> {
    const outcomes = await Promise.all(
      pending.map(async (id) => [id, await this.#deps.gate.outcome(id, principal)] as const),
    )
    return Object.fromEntries(outcomes)
  }

  #welcome(hello: HelloFrame, principal: Principal, settled: Record<string, SettledCall>): void {
    if (this.#state !== 'greeting') return
    this.#state = 'open'
    const caller: Caller = { principal, session: this.id, name: hello.name }
    this.#account = { caller, calls: new Map(), limit: CALLS_IN_FLIGHT }
    const { name, role, isolated, lends } = hello
    this.#tab = { name, role, isolated, lends, post: (out) => this.#post(out) }
    const { epoch } = this.#deps
    this.#post({ t: 'hello', protocol: PROTOCOL, epoch, session: this.id, principal, settled })
    this.#deps.leases.join(this.#tab)
    this.#deps.onChange(this)
  }

  /** Answers what can be answered, and counts: a client that goes on like this is broken or hostile. */
  #refuse(id?: string, message?: string): void {
    if (id !== undefined && message !== undefined) {
      const issues = [{ path: '', message }]
      this.#sink.fail(id, toWire(new HearthError('bad-request', `${message} Nothing was done.`, { issues })))
    }
    this.#count()
  }

  #count(): void {
    if (++this.#refusals >= REFUSALS_PER_SESSION) this.#end(refusals())
  }

  #post(frame: KernelFrame): void {
    if (this.#state === 'closed') return
    try {
      this.#deps.endpoint.postMessage(frame)
    } catch {
      // What a handler emitted cannot be cloned. The settlement will be heard all the same.
    }
  }

  /** Says why, and closes. */
  #end(error: unknown): void {
    this.#sink.fail(HELLO, toWire(error))
    this[Symbol.dispose]()
  }

  /** Cancels its calls, takes back what it lent, closes the port. Doing so again does nothing. */
  [Symbol.dispose](): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#closed.abort()
    this.#greeted.abort()
    this.#deps.endpoint.close()
    // The calls first: whoever waits for an engine of this tab then knows why it is gone.
    if (this.#account !== undefined) this.#deps.gate.abandon(this.#account)
    if (this.#tab !== undefined) this.#deps.leases.leave(this.#tab)
    this.#deps.onChange(this)
  }
}

/** Bytes that were read for this call and are nobody else's: copying them would take as long as reading them. */
function movable(result: unknown): [ArrayBuffer] | undefined {
  const bytes = (result as { readonly bytes?: unknown } | undefined)?.bytes
  return bytes instanceof Uint8Array && bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : undefined
}

function isId(id: unknown): id is string {
  return typeof id === 'string' && id.length > 0 && id.length <= NAME_UNITS
}

function flood(): HearthError<'over-limit'> {
  const message =
    'This page sent more messages at once than Hearth can take, so its connection was closed. Reload the page.'
  return new HearthError('over-limit', message, { limit: 'frames', maximum: FRAMES_PER_TURN, retryAfterMs: null })
}

function refusals(): HearthError<'over-limit'> {
  const message =
    'This page sent too many calls that could not be taken, so its connection was closed. Reload the page.'
  const data = { limit: 'refused calls', maximum: REFUSALS_PER_SESSION, retryAfterMs: null }
  return new HearthError('over-limit', message, data)
}

function mismatch(client: unknown): HearthError<'protocol-mismatch'> {
  const message = 'This page and the running Hearth are of different versions. Reload every tab of this site.'
  const data = { kernel: PROTOCOL, client: typeof client === 'number' ? client : -1 }
  return new HearthError('protocol-mismatch', message, data)
}
