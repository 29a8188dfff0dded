/**
 * The real kernel in a dedicated worker, with a stub for an engine: the scripted one, which says that it is not a model and
 * answers at once. So what is measured is the kernel's own work: its thread, its IndexedDB, its scheduler.
 */
import '../../../kernel/hosts/no-eval.ts'
import { boot } from '../../../kernel/core/boot.ts'
import type { Kernel } from '../../../kernel/core/boot.ts'
import type { Endpoint } from '../../../kernel/core/endpoint.ts'
import type { EngineFactory } from '../../../kernel/core/engines/engine.ts'
import { Scheduler } from '../../../kernel/core/scheduler/scheduler.ts'
import { createScriptedEngine } from '../../../kernel/drivers/scripted/engine.ts'
import { portEndpoint } from '../../../kernel/drivers/web/endpoint.ts'
import { holdLock } from '../../../kernel/drivers/web/liveness.ts'
import { createBrowserPlatform } from '../../../kernel/hosts/platform.ts'
import { VERSION } from '../../../kernel/hosts/version.ts'
import type { FromStub, Measured, ToStub } from './stub-messages.ts'

/** Tokens of each answer: enough that others wait meanwhile. */
const ANSWER = ['It ', 'is ', 'done', '.']

const measuring = new Set(['llm.chat', 'agent.run'])

let kernel: Promise<Kernel> | undefined
/** Arrivals that no `generate` has followed yet. With several under way at once these times mean nothing. */
const arrivals: number[] = []
let measured: Measured = { dispatchMs: [], decisions: 0, decisionMs: 0 }

self.onmessage = ({ data, ports: [port] }: MessageEvent<ToStub>) => {
  if (data.t === 'boot') {
    kernel = start(data.database, data.slots)
    kernel.then(
      () => post({ t: 'booted' }),
      (error: unknown) => post({ t: 'failed', reason: String(error) }),
    )
  } else if (data.t === 'connect') {
    if (port) void kernel?.then((up) => up.connect(timed(portEndpoint(port)), location.origin))
  } else {
    post({ t: 'measured', ...measured })
    measured = { dispatchMs: [], decisions: 0, decisionMs: 0 }
  }
}

async function start(database: string, slots: number): Promise<Kernel> {
  timeDecisions()
  const platform = await createBrowserPlatform('benchmark', VERSION, database)
  const llamacpp: EngineFactory = async () => {
    const engine = createScriptedEngine({ slots, script: () => ANSWER })
    return {
      ...engine,
      lost: engine.lost,
      generate(request, signal) {
        const arrived = arrivals.shift()
        if (arrived !== undefined) measured.dispatchMs.push(performance.now() - arrived)
        return engine.generate(request, signal)
      },
      [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
    }
  }
  const up = await boot({ ...platform, engines: { ...platform.engines, llamacpp } })
  await holdLock(`${database}:hearth:kernel:${up.epoch}`)
  return up
}

function timed(endpoint: Endpoint): Endpoint {
  return {
    postMessage: (message, transfer) => endpoint.postMessage(message, transfer),
    close: () => endpoint.close(),
    listen: (listener) =>
      endpoint.listen((message, ports) => {
        const { t, name } = message as { t?: string; name?: string }
        if (t === 'call' && name !== undefined && measuring.has(name)) arrivals.push(performance.now())
        listener(message, ports)
      }),
  }
}

function timeDecisions(): void {
  const decide = Object.getOwnPropertyDescriptor(Scheduler.prototype, 'decide')?.value as Scheduler['decide']
  Scheduler.prototype.decide = function timedDecide(now) {
    const started = performance.now()
    const decision = decide.call(this, now)
    measured.decisionMs += performance.now() - started
    measured.decisions += 1
    return decision
  }
}

function post(message: FromStub): void {
  self.postMessage(message)
}
