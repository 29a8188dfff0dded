/**
 * The kernel in a dedicated worker, which unlike a SharedWorker a page can end at any instruction, with `terminate()`. All
 * else is the browser's: IndexedDB, Web Locks, and llama.cpp in workers that tabs lend. Told to, it ends by itself inside a
 * commit: a page could not hit that instruction.
 */
import '../../../kernel/hosts/no-eval.ts'
import { boot } from '../../../kernel/core/boot.ts'
import type { Kernel } from '../../../kernel/core/boot.ts'
import type { EngineFactory } from '../../../kernel/core/engines/engine.ts'
import type { Endpoint } from '../../../kernel/core/endpoint.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import type { ScriptedEngine } from '../../../kernel/drivers/scripted/engine.ts'
import { portEndpoint } from '../../../kernel/drivers/web/endpoint.ts'
import { holdLock } from '../../../kernel/drivers/web/liveness.ts'
import { createBrowserPlatform } from '../../../kernel/hosts/platform.ts'
import { VERSION } from '../../../kernel/hosts/version.ts'
import type { CommitMoment, FromKernel, ToKernel } from './messages.ts'
import { createScript, scriptedDrivers } from '../../fixtures/scripted-embedder.ts'
import { createChaosScript } from './script.ts'

let kernel: Promise<Kernel> | undefined
let scripted: ScriptedEngine | undefined
/** Where this kernel is to die, counted down. */
let death: { commits: number; moment: CommitMoment } | undefined
let dead = false

self.onmessage = ({ data, ports: [port] }: MessageEvent<ToKernel>) => {
  if (data.t === 'boot') {
    kernel = start(data)
    kernel.catch((error: unknown) => post({ t: 'failed', reason: String(error) }))
  } else if (data.t === 'connect') {
    // Its messages wait in the port until the kernel is up.
    if (port) void kernel?.then((up) => up.connect(mortalEndpoint(portEndpoint(port)), location.origin))
  } else if (data.t === 'die-at') {
    death = { commits: data.commits, moment: data.moment }
    post({ t: 'armed' })
  } else scripted?.lose('its device is gone')
}

async function start({ database: name, engine }: Extract<ToKernel, { t: 'boot' }>): Promise<Kernel> {
  const platform = await createBrowserPlatform('chaos test', VERSION, name)
  const database = mortal(platform.database)
  const parts =
    engine === 'scripted'
      ? { engines: { ...platform.engines, llamacpp: scriptedEngine }, embedders: scriptedDrivers(createScript()) }
      : {}
  const up = await boot({ ...platform, database, ...parts })
  // By its release clients learn that this kernel is dead, as they do of a real one's.
  await holdLock(`${name}:hearth:kernel:${up.epoch}`)
  return up
}

const scriptedEngine: EngineFactory = async () => {
  const { createScriptedEngine } = await import('../../../kernel/drivers/scripted/engine.ts')
  scripted = createScriptedEngine({ slots: 4, ...createChaosScript() })
  return scripted
}

/** Storage until its death: what is asked after that never answers. */
function mortal(database: Database): Database {
  const alive = <T>(work: () => Promise<T>): Promise<T> => (dead ? forEver() : work())
  return {
    get: (store, key) => alive(() => database.get(store, key)),
    list: (store, range) => alive(() => database.list(store, range)),
    count: (store, range) => alive(() => database.count(store, range)),
    close: () => database.close(),
    commit: (batch, durability) =>
      alive(async () => {
        const moment = death !== undefined && death.commits-- === 0 ? death.moment : undefined
        if (moment === 'before') return die()
        const done = database.commit(batch, durability)
        if (moment === 'during') return die()
        await done
        if (moment === 'after') return die()
      }),
  }
}

function mortalEndpoint(endpoint: Endpoint): Endpoint {
  return {
    postMessage: (message, transfer) => void (dead || endpoint.postMessage(message, transfer)),
    listen: (listener) => endpoint.listen((message, ports) => void (dead || listener(message, ports))),
    close: () => endpoint.close(),
  }
}

/** Nothing of this kernel is written, sent or heard from here on. */
function die(): Promise<never> {
  dead = true
  post({ t: 'dead' })
  // Not a loop or a wait: Chrome gives a worker that is busy two seconds more when it is terminated.
  self.close()
  return forEver()
}

function forEver(): Promise<never> {
  return new Promise(() => {})
}

function post(message: FromKernel): void {
  self.postMessage(message)
}
