/**
 * A kernel without its subsystems: the real gate, sessions, leases, log and records over the in-memory drivers, and the
 * handlers that a test gives it. `restart` is a new kernel on the same database.
 */
import { PROTOCOL } from '../../../kernel/abi/index.ts'
import type { KernelEvent, KernelFrame, LendKind, Principal } from '../../../kernel/abi/index.ts'
import { openAuditLog } from '../../../kernel/core/audit/log.ts'
import { createCallRecords } from '../../../kernel/core/call-records.ts'
import type { Handlers } from '../../../kernel/core/call.ts'
import type { Endpoint } from '../../../kernel/core/endpoint.ts'
import { takeEpoch } from '../../../kernel/core/epoch.ts'
import { createKernelEvents } from '../../../kernel/core/events.ts'
import { createGate } from '../../../kernel/core/gate.ts'
import type { Gate } from '../../../kernel/core/gate.ts'
import { createLeases } from '../../../kernel/core/leases.ts'
import type { Leases } from '../../../kernel/core/leases.ts'
import { createSessions } from '../../../kernel/core/sessions.ts'
import type { Sessions } from '../../../kernel/core/sessions.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { createManualClock } from '../../../kernel/drivers/memory/clock.ts'
import type { ManualClock } from '../../../kernel/drivers/memory/clock.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createEndpointPair } from '../../../kernel/drivers/memory/endpoint.ts'
import { createMemoryLiveness } from '../../../kernel/drivers/memory/liveness.ts'
import type { MemoryLiveness } from '../../../kernel/drivers/memory/liveness.ts'
import { createRandom } from '../../../kernel/drivers/web/random.ts'

export interface TestKernel {
  readonly epoch: number
  readonly gate: Gate
  readonly leases: Leases
  readonly sessions: Sessions
  readonly database: Database
  readonly clock: ManualClock
  readonly liveness: MemoryLiveness
  readonly events: KernelEvent[]
  /** Runs under way, by the call that began them; toolsOf by agent. */
  readonly runs: Map<string, string>
  readonly tools: Map<string, readonly string[]>
}

export async function startKernel(handlers: Partial<Handlers>, database = createMemoryDatabase()): Promise<TestKernel> {
  const clock = createManualClock()
  const random = createRandom()
  const liveness = createMemoryLiveness()
  const runs = new Map<string, string>()
  const tools = new Map<string, readonly string[]>()
  const runOfCall = (call: string) => runs.get(call)
  const epoch = await takeEpoch(database)
  const audit = await openAuditLog({ database, clock, epoch })
  const records = createCallRecords({ database, clock, epoch, runOfCall })
  const gate = createGate({ database, random, audit, records, runOfCall, toolsOf: (agent) => tools.get(agent) })
  const leases = createLeases({ clock, random })
  const kernelEvents = createKernelEvents()
  const events: KernelEvent[] = []
  kernelEvents.subscribe((event) => events.push(event))
  const sessions = createSessions({ gate, leases, clock, liveness, random, events: kernelEvents, epoch })
  gate.open(handlers as Handlers)
  return { epoch, gate, leases, sessions, database, clock, liveness, events, runs, tools }
}

/** As much of a kernel as a client needs. */
export interface Reachable {
  readonly liveness: MemoryLiveness
  readonly sessions: Pick<Sessions, 'connect'>
}

export interface HelloOptions {
  name?: string
  role?: 'panel' | 'app'
  lends?: LendKind[]
  isolated?: boolean
  pending?: string[]
  protocol?: number
}

export type HelloAnswer = Extract<KernelFrame, { t: 'hello' }>
type Settlement = Extract<KernelFrame, { t: 'done' | 'fail' }>

/** A client that says exactly what a test tells it to, and keeps all it hears. */
export class TestClient {
  static #count = 0
  readonly frames: KernelFrame[] = []
  readonly lock = `tab-${++TestClient.#count}`
  readonly #endpoint: Endpoint
  readonly #held: Disposable
  readonly #waiting = new Set<(frame: KernelFrame) => void>()
  readonly #unsettled = new Map<string, (settlement: Settlement) => void>()

  constructor(kernel: Reachable, origin = 'https://app.example') {
    const [ours, theirs] = createEndpointPair()
    this.#endpoint = ours
    this.#held = kernel.liveness.hold(this.lock)
    ours.listen((message) => {
      const frame = message as KernelFrame
      this.frames.push(frame)
      if (frame.t === 'done' || frame.t === 'fail') this.#unsettled.get(frame.id)?.(frame)
      for (const look of [...this.#waiting]) look(frame)
    })
    kernel.sessions.connect(theirs, origin)
  }

  static async open(kernel: Reachable, options: HelloOptions = {}): Promise<TestClient> {
    const client = new TestClient(kernel)
    await client.hello(options)
    return client
  }

  send(frame: unknown, transfer: readonly unknown[] = []): void {
    this.#endpoint.postMessage(frame, transfer)
  }

  async hello(options: HelloOptions = {}): Promise<HelloAnswer> {
    this.send({
      ...{ t: 'hello', protocol: PROTOCOL, lock: this.lock, name: 'Test', role: 'panel', lends: [], isolated: false },
      ...options,
    })
    const answer = await this.heard((frame) => frame.t === 'hello' || (frame.t === 'fail' && frame.id === 'hello'))
    if (answer.t !== 'hello') throw new Error(`hello failed: ${JSON.stringify(answer)}`)
    return answer
  }

  /** Posts a call and resolves with its next settlement. */
  call(name: string, args: unknown = {}, id: string = crypto.randomUUID()): Promise<Settlement> {
    this.send({ t: 'call', id, name, args })
    return new Promise((resolve) => this.#unsettled.set(id, resolve))
  }

  settled(id: string): Promise<Settlement> {
    return this.heard((frame) => (frame.t === 'done' || frame.t === 'fail') && frame.id === id) as Promise<Settlement>
  }

  settlements(id: string): Settlement[] {
    return this.frames.filter(
      (frame): frame is Settlement => (frame.t === 'done' || frame.t === 'fail') && frame.id === id,
    )
  }

  /** The first frame that fits, of those heard and those to come. */
  heard(fits: (frame: KernelFrame) => boolean): Promise<KernelFrame> {
    const frame = this.frames.find(fits)
    if (frame !== undefined) return Promise.resolve(frame)
    return new Promise((resolve) => {
      const look = (next: KernelFrame): void => {
        if (!fits(next)) return
        this.#waiting.delete(look)
        resolve(next)
      }
      this.#waiting.add(look)
    })
  }

  /** As when the tab is closed or its process crashes: the lock goes, no word is said. */
  die(): void {
    this.#held[Symbol.dispose]()
  }
}

export const user: Principal = { kind: 'user' }

/** Two turns of the event loop: whatever the kernel was going to do about what it has heard, it has done. */
export async function settle(kernel: TestKernel): Promise<void> {
  await kernel.clock.sleep(0)
  await kernel.clock.sleep(0)
}
