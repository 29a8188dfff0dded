/** Measurements of the real kernel on a stub engine (stub.worker.ts): dispatch, and many agents. */
import { connectThrough } from '../../../sdk/connect.ts'
import type { Environment } from '../../../sdk/environment.ts'
import type { Hearth } from '../../../sdk/index.ts'
import type { FromStub, Measured, ToStub } from './stub-messages.ts'

/** Calls one client may have under way; more agents take more clients. */
const CALLS_PER_CLIENT = 200

export interface Scaled {
  agents: number
  /** Milliseconds to create them all, and to have each of them answer once, all asked at once. */
  createMs: number
  runMs: number
  decisions: number
  decisionMs: number
  /** Bytes of the kernel's worker before and after they were created; null where the browser does not tell. */
  bytesBefore: number | null
  bytesAfter: number | null
}

class Stub implements AsyncDisposable {
  readonly #name = `bench-${crypto.randomUUID()}`
  readonly #worker = new Worker(new URL('./stub.worker.ts', import.meta.url), { type: 'module', name: 'stub kernel' })
  readonly #clients: Hearth[] = []
  #onMeasured = (_measured: Measured): void => {}

  static async open(slots: number): Promise<Stub> {
    const stub = new Stub()
    await new Promise<void>((resolve, reject) => {
      stub.#worker.onmessage = ({ data }: MessageEvent<FromStub>) => {
        if (data.t === 'booted') resolve()
        else if (data.t === 'failed') reject(new Error(data.reason))
        else stub.#onMeasured(data)
      }
      stub.#post({ t: 'boot', database: stub.#name, slots })
    })
    await (await stub.client()).models.load('starter')
    return stub
  }

  async client(): Promise<Hearth> {
    const hearth = await connectThrough(this.#environment(), 'Benchmark', 'app')
    this.#clients.push(hearth)
    return hearth
  }

  /** What was measured since the last time. */
  measured(): Promise<Measured> {
    const told = new Promise<Measured>((resolve) => (this.#onMeasured = resolve))
    this.#post({ t: 'measured' })
    return told
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
    this.#worker.terminate()
    indexedDB.deleteDatabase(this.#name)
  }

  #post(message: ToStub, ...ports: MessagePort[]): void {
    this.#worker.postMessage(message, ports)
  }

  #environment(): Environment {
    return {
      lends: [],
      isolated: crossOriginIsolated,
      openKernel: () => {
        const { port1, port2 } = new MessageChannel()
        this.#post({ t: 'connect' }, port2)
        return port1
      },
      hold: (lock) =>
        new Promise((resolve, reject) => {
          navigator.locks.request(lock, () => new Promise<void>((release) => resolve(release))).catch(reject)
        }),
      whenReleased: async (lock, signal) => {
        await navigator.locks.request(`${this.#name}:${lock}`, { mode: 'shared', signal }, () => undefined)
      },
      spawn: () => {
        throw new Error('this page lends nothing')
      },
      onFreeze: () => () => {},
    }
  }
}

/** Milliseconds from a call's arrival in the kernel to `engine.generate`, one call after the other. */
export async function dispatch(name: 'llm.chat' | 'agent.run', count: number): Promise<number[]> {
  const stub = await Stub.open(4)
  const hearth = await stub.client()
  const agent = await hearth.agents.create({ name: 'Benchmark' })
  const once = async (): Promise<unknown> =>
    name === 'llm.chat'
      ? hearth.call('llm.chat', { messages: [{ role: 'user', content: 'Hello' }], max_tokens: 8 })
      : agent.run('Hello').result
  // The first calls warm the code up and do not count.
  for (let warmUp = 0; warmUp < count / 4; warmUp++) await once()
  await stub.measured()
  for (let call = 0; call < count; call++) await once()
  const { dispatchMs } = await stub.measured()
  await stub[Symbol.asyncDispose]()
  return dispatchMs
}

export async function scale(agents: number): Promise<Scaled> {
  const stub = await Stub.open(4)
  const clients = [await stub.client()]
  while (clients.length * CALLS_PER_CLIENT < agents) clients.push(await stub.client())
  const clientOf = (index: number): Hearth => clients[Math.floor(index / CALLS_PER_CLIENT)]!
  const each = Array.from({ length: agents }, (_, index) => index)

  const bytesBefore = await workerBytes()
  let started = performance.now()
  const handles = await Promise.all(each.map((index) => clientOf(index).agents.create({ name: `Agent ${index}` })))
  const createMs = performance.now() - started
  const bytesAfter = await workerBytes()

  await stub.measured()
  started = performance.now()
  await Promise.all(handles.map((agent) => agent.run('Hello').result))
  const runMs = performance.now() - started
  const { decisions, decisionMs } = await stub.measured()
  await stub[Symbol.asyncDispose]()
  return { agents, createMs, runMs, decisions, decisionMs, bytesBefore, bytesAfter }
}

interface MemoryMeasurement {
  breakdown: readonly { bytes: number; attribution: readonly { scope: string }[] }[]
}

/** Bytes of this page's workers, after a collection of what is not used any more. */
async function workerBytes(): Promise<number | null> {
  const { measureUserAgentSpecificMemory: measure } = performance as Performance & {
    measureUserAgentSpecificMemory?: () => Promise<MemoryMeasurement>
  }
  if (!measure || !crossOriginIsolated) return null
  const { breakdown } = await measure.call(performance)
  const ofWorkers = breakdown.filter(({ attribution }) =>
    attribution.some(({ scope }) => scope === 'DedicatedWorkerGlobalScope'),
  )
  return ofWorkers.reduce((sum, { bytes }) => sum + bytes, 0)
}
