/**
 * A browser in memory, for the client: one "SharedWorker" that boots the real kernel on the in-memory drivers when a page
 * first connects, Web Locks, and pages. The engine is scripted. `kill` ends a kernel between two instructions, as the browser
 * does: nothing of it is written, sent or heard any more, and the next page to connect starts another on the same database.
 */
import { connectThrough } from '../../../sdk/connect.ts'
import type { Environment } from '../../../sdk/environment.ts'
import type { Hearth } from '../../../sdk/index.ts'
import { boot } from '../../../kernel/core/boot.ts'
import type { Kernel } from '../../../kernel/core/boot.ts'
import type { Endpoint } from '../../../kernel/core/endpoint.ts'
import type { EngineFactories } from '../../../kernel/core/engines/engine.ts'
import type { ModelFiles } from '../../../kernel/core/engines/model-files.ts'
import type { Clock, Platform } from '../../../kernel/core/platform.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createMemoryLiveness } from '../../../kernel/drivers/memory/liveness.ts'
import { createMemoryWeightCache } from '../../../kernel/drivers/memory/weight-cache.ts'
import { createScriptedEngine } from '../../../kernel/drivers/scripted/engine.ts'
import type { ScriptedOptions } from '../../../kernel/drivers/scripted/engine.ts'
import { createClock } from '../../../kernel/drivers/web/clock.ts'
import { portEndpoint } from '../../../kernel/drivers/web/endpoint.ts'
import { createRandom } from '../../../kernel/drivers/web/random.ts'
import { createNodePlatform } from '../../../kernel/hosts/node.ts'

/** A test's hold on the moments at which a kernel can die. */
export type OnCommit = (moment: 'before' | 'after', count: number) => void

interface Life {
  alive: boolean
  readonly endpoints: Set<Endpoint>
  readonly kernel: Promise<Kernel>
}

export class MemoryBrowser {
  readonly database = createMemoryDatabase()
  readonly liveness = createMemoryLiveness()
  readonly clock = createClock()
  /** Kernels started so far. */
  boots = 0
  /** Commits of all kernels so far. */
  commits = 0
  onCommit: OnCommit = () => undefined
  readonly #engine: ScriptedOptions
  readonly #pages: Hearth[] = []
  #life: Life | undefined
  #kernelLock: Disposable | undefined

  constructor(engine: ScriptedOptions = { script: () => ['Hello', ' there'] }) {
    this.#engine = engine
  }

  /** Opens a page and connects it. */
  async open(name = 'Test page', environment: Partial<Environment> = {}): Promise<Hearth> {
    const hearth = await connectThrough({ ...this.environment(), ...environment }, name, 'app')
    this.#pages.push(hearth)
    return hearth
  }

  environment(): Environment {
    return {
      lends: [],
      isolated: false,
      openKernel: () => {
        const { port1, port2 } = new MessageChannel()
        this.#connect(port2)
        return port1
      },
      hold: async (lock) => {
        const held = this.liveness.hold(lock)
        return () => held[Symbol.dispose]()
      },
      whenReleased: (lock, signal) => this.liveness.whenReleased(lock, signal),
      spawn: () => {
        throw new Error('this page lends nothing')
      },
      onFreeze: () => () => undefined,
    }
  }

  /** Ends the kernel here and now. */
  kill(): void {
    const life = this.#life
    this.#life = undefined
    if (!life) return
    life.alive = false
    for (const endpoint of life.endpoints) endpoint.close()
    // Locks are released by the browser, a moment after the worker is gone.
    const lock = this.#kernelLock
    setImmediate(() => lock?.[Symbol.dispose]())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#pages.map((page) => page.close()))
    this.kill()
  }

  #connect(port: MessagePort): void {
    const life = (this.#life ??= this.#start())
    const endpoint = mortal(portEndpoint(port), life)
    life.endpoints.add(endpoint)
    void life.kernel.then((kernel) => life.alive && kernel.connect(endpoint, 'https://app.example'))
  }

  #start(): Life {
    this.boots += 1
    const life: { -readonly [K in keyof Life]: Life[K] } = {
      alive: true,
      endpoints: new Set(),
      kernel: new Promise(() => undefined),
    }
    life.kernel = boot(this.#platform(life)).then((kernel) => {
      if (life.alive) this.#kernelLock = this.liveness.hold(`hearth:kernel:${kernel.epoch}`)
      return kernel
    })
    return life
  }

  #platform(life: Life): Platform {
    const createEngine = async () => createScriptedEngine({ ...this.#engine, kind: 'openai' })
    const engines: EngineFactories = { llamacpp: createEngine, webllm: createEngine, openai: createEngine }
    return {
      // What this test says nothing of is as it is in Node.
      ...createNodePlatform(),
      host: 'test',
      version: '0.0.0',
      random: createRandom(),
      liveness: this.liveness,
      clock: mortalClock(this.clock, life),
      database: this.#mortalDatabase(life),
      engines,
      catalogues: [],
      files: noFiles,
      weights: createMemoryWeightCache(),
      sandbox: () => ({
        run: () => Promise.reject(new Error('no sandbox in this test')),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
      wordVectors: () => Promise.reject(new Error('no word vectors here')),
      sentenceEncoder: () => Promise.reject(new Error('no encoder here')),
      device: () => Promise.resolve({ gpu: null, gpuReason: 'none in Node', memoryBytes: null, threads: 1 }),
      storage: () => Promise.resolve({ usageBytes: null, quotaBytes: null, persistent: null }),
    }
  }

  /** The shared database, as a kernel sees it that may die at any commit: what is asked after that never answers. */
  #mortalDatabase(life: Life): Database {
    const { database } = this
    const guard = async <T>(work: () => Promise<T>): Promise<T> => {
      if (!life.alive) return forEver()
      const value = await work()
      return isOver(life) ? forEver() : value
    }
    return {
      get: (store, key) => guard(() => database.get(store, key)),
      list: (store, range) => guard(() => database.list(store, range)),
      count: (store, range) => guard(() => database.count(store, range)),
      commit: (batch, durability) =>
        guard(async () => {
          const count = ++this.commits
          this.onCommit('before', count)
          if (isOver(life)) return
          await database.commit(batch, durability)
          this.onCommit('after', count)
        }),
      close: () => undefined,
    }
  }
}

/** Adds a scripted model and makes it the default. */
export async function addModel(hearth: Hearth): Promise<void> {
  const { id } = await hearth.models.add({ openai: 'http://127.0.0.1:1/v1', model: 'scripted' })
  await hearth.models.setDefault(id)
}

/** A function, because a kernel may die in any call: what was known of it before says nothing. */
function isOver(life: Life): boolean {
  return !life.alive
}

function forEver(): Promise<never> {
  return new Promise(() => undefined)
}

function mortal(endpoint: Endpoint, life: Life): Endpoint {
  return {
    postMessage: (message, transfer) => void (life.alive && endpoint.postMessage(message, transfer)),
    listen: (listener) => endpoint.listen((message, ports) => void (life.alive && listener(message, ports))),
    close: () => endpoint.close(),
  }
}

function mortalClock(clock: Clock, life: Life): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: async (ms, signal) => {
      await clock.sleep(ms, signal)
      if (!life.alive) await forEver()
    },
  }
}

/** No model here has a file of its own. */
const refuse = (): Promise<never> => Promise.reject(new Error('no model files in this test'))
const noFiles: ModelFiles = {
  open: () => Promise.resolve(null),
  bundled: refuse,
  writer: refuse,
  remove: () => Promise.resolve(0),
  usage: () => Promise.resolve(0),
  fetch: refuse,
}
