/**
 * An agent service on the in-memory database and the scripted engine, which plays back what a test wrote. Tools, memory and
 * QuickJS are the real ones. `invoke` stands for the gate: it runs the handler and journals nothing.
 */
import variant from '@jitl/quickjs-wasmfile-release-sync'
import { newQuickJSWASMModuleFromVariant, type QuickJSWASMModule } from 'quickjs-emscripten-core'
import {
  HearthError,
  type Principal,
  type RunEvent,
  type SyscallInput,
  type SyscallName,
  type SyscallResult,
  type ToolInvocation,
  type Turn,
} from '../../../kernel/abi/index.ts'
import { syscalls } from '../../../kernel/abi/syscalls/index.ts'
import { createAgentService, type AgentService } from '../../../kernel/core/agents/service.ts'
import type { Call, Caller, Invoke } from '../../../kernel/core/call.ts'
import { openCalibrations } from '../../../kernel/core/calibrations.ts'
import { createContextService } from '../../../kernel/core/context/service.ts'
import type { EngineFactory } from '../../../kernel/core/engines/engine.ts'
import type { Models, ReadyModel } from '../../../kernel/core/engines/generation.ts'
import { SchedulingSettings } from '../../../kernel/core/engines/scheduling-settings.ts'
import { createModelService } from '../../../kernel/core/engines/service.ts'
import { createKernelEvents, type KernelEvents } from '../../../kernel/core/events.ts'
import { openBudgets } from '../../../kernel/core/governance/budgets.ts'
import { createFilesService } from '../../../kernel/core/files/service.ts'
import { createMemoryService, type MemoryService } from '../../../kernel/core/memory/service.ts'
import type { Clock, Platform } from '../../../kernel/core/platform.ts'
import type { Database, Mutation } from '../../../kernel/core/storage/database.ts'
import type { Sandbox } from '../../../kernel/core/tools/sandbox.ts'
import { createShared } from '../../../kernel/core/shared/handlers.ts'
import { createToolService, type ToolService } from '../../../kernel/core/tools/service.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createMemoryLiveness } from '../../../kernel/drivers/memory/liveness.ts'
import { createMemoryModelFiles } from '../../../kernel/drivers/memory/model-files.ts'
import { createCountingRandom } from '../../../kernel/drivers/memory/random.ts'
import { createMemoryWeightCache } from '../../../kernel/drivers/memory/weight-cache.ts'
import { Aborted } from '../../../kernel/drivers/quickjs/failure.ts'
import { runScript } from '../../../kernel/drivers/quickjs/guest.ts'
import {
  createScriptedEngine,
  type ScriptedEngine,
  type ScriptedOptions,
} from '../../../kernel/drivers/scripted/engine.ts'
import { createNodePlatform } from '../../../kernel/hosts/node.ts'
import { openVectors } from '../../../kernel/drivers/vectors/index.ts'
import { createHeldVectors } from '../../fixtures/held-vectors.ts'
import { shipped } from '../../fixtures/shipped.ts'

export const never = new AbortController().signal
export const user: Caller = { principal: { kind: 'user' }, session: 'panel', name: 'Panel' }

/** Short waits (coalescing) pass in a turn of the event loop, long ones (time limits) never end by themselves. */
export function createHastyClock(): Clock {
  let now = 0
  return {
    now: () => 1_750_000_000_000 + now,
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return void reject(signal.reason)
        const abort = (): void => reject(signal?.reason)
        signal?.addEventListener('abort', abort, { once: true })
        if (ms > 1_000) return
        setImmediate(() => {
          signal?.removeEventListener('abort', abort)
          now += ms
          resolve()
        })
      }),
  }
}

export interface DyingDatabase extends Database {
  /** Resolves when the kernel that uses it is as good as dead. */
  readonly dead: Promise<void>
  readonly commits: number
  /** Moves its death to `further` commits from now. */
  dieIn(further: number): void
}

/** A database as a kernel sees it that dies at its commit number `at`: nothing ever answers from then on. */
export function createDyingDatabase(database: Database, at: number, applied: boolean): DyingDatabase {
  let die = (): void => {}
  const dead = new Promise<void>((resolve) => (die = resolve))
  const forever = new Promise<never>(() => {})
  let commits = 0
  let last = at
  const alive = (): boolean => commits <= last
  return {
    dead,
    get commits() {
      return commits
    },
    get: (store, key) => (alive() ? database.get(store, key) : forever),
    list: (store, range) => (alive() ? database.list(store, range) : forever),
    count: (store, range) => (alive() ? database.count(store, range) : forever),
    async commit(batch: readonly Mutation[], durability) {
      if (!alive()) return forever
      // Measurements are written behind, at moments that no test can foresee.
      if (batch.every(({ store }) => store === 'calibrations' || store === 'pages')) {
        return database.commit(batch, durability)
      }
      commits += 1
      if (alive()) return database.commit(batch, durability)
      if (applied) await database.commit(batch, durability)
      die()
      return forever
    },
    close: () => {},
    dieIn(further) {
      last = commits + further
    },
  }
}

let module: Promise<QuickJSWASMModule> | null = null

/** QuickJS itself, without the worker that Node does not have; a native loop would hang the test. */
function createInlineSandbox(tab: () => Promise<void>): Sandbox {
  return {
    async run(request, signal) {
      await tab()
      module ??= newQuickJSWASMModuleFromVariant(variant)
      signal.throwIfAborted()
      try {
        return runScript(await module, request)
      } catch (error) {
        throw error instanceof Aborted ? error.error : error
      }
    },
    async [Symbol.asyncDispose]() {},
  }
}

export interface Life extends AsyncDisposable {
  readonly database: Database
  readonly clock: Clock
  /** The one there is now; another one once it was lost. */
  readonly engine: ScriptedEngine
  readonly events: KernelEvents
  readonly memory: MemoryService
  readonly tools: ToolService
  readonly agents: AgentService
  /** Pauses everything, with its `pause`. */
  readonly settings: SchedulingSettings
  call<N extends SyscallName>(name: N, args: SyscallInput<N>, options?: CallOptions<N>): Promise<SyscallResult<N>>
  /** Offers a page's function until `signal` aborts. */
  offer(name: string, run: (args: unknown) => unknown, options?: { idempotent?: boolean; signal?: AbortSignal }): void
}

interface CallOptions<N extends SyscallName> {
  id?: string
  caller?: Caller
  signal?: AbortSignal
  onEvent?: (event: Parameters<Call<N>['emit']>[0]) => void
}
const noEngine: EngineFactory = () => Promise.reject(new Error('this test has no such engine'))

/** The engine without a scheduler before it, for tests of what runs do with an answer. */
async function directModels(engine: ScriptedEngine): Promise<Models & { known(): ReadyModel }> {
  const source = { kind: 'bundled', path: 'none' } as const
  const loaded = await engine.load({ model: 'script', source, contextTokens: 100_000, bytes: null }, () => {}, never)
  const facts = { id: 'script', contextTokens: loaded.contextTokens, tools: loaded.tools }
  return {
    known: () => facts,
    admit: () => {},
    ready: async (_model, signal) => {
      signal.throwIfAborted()
      return facts
    },
    generate: (request, { signal }) => engine.generate(request, signal),
  }
}

/** One kernel's worth of services over `database`; several lives one after another over the same are restarts. */
export async function live(options: {
  database?: Database
  script: ScriptedOptions['script']
  engine?: Partial<ScriptedOptions>
  clock?: Clock
  random?: Platform['random']
  /** What a script waits for before it runs, as for a tab that lends a worker. */
  tab?: () => Promise<void>
  /** Puts the real model service and its scheduler before the engine; the model is then the bundled one, of 2,048 tokens. */
  scheduled?: boolean
}): Promise<Life> {
  const database = options.database ?? createMemoryDatabase()
  const clock = options.clock ?? createHastyClock()
  const random = options.random ?? createCountingRandom()
  const start = (): ScriptedEngine => createScriptedEngine({ slots: 8, ...options.engine, script: options.script })
  let engine = start()
  const events = createKernelEvents()
  const calibrations = await openCalibrations(database)
  const settings = await SchedulingSettings.open(database)
  const platform = createNodePlatform({
    ...{ clock, random, database, host: 'node', version: 'test' },
    sandbox: () => createInlineSandbox(options.tab ?? (() => Promise.resolve())),
    liveness: createMemoryLiveness(),
    files: createMemoryModelFiles({ bundled: () => Promise.resolve(new Blob(['GGUF'])) }),
    weights: createMemoryWeightCache(),
    engines: {
      llamacpp: () => Promise.resolve((engine = engine.disposed ? start() : engine)),
      webllm: noEngine,
      openai: noEngine,
    },
    catalogues: [],
    vectorIndex: openVectors,
    ...shipped,
    device: () => Promise.resolve({ gpu: null, gpuReason: 'this is Node', memoryBytes: null, threads: 2 }),
    storage: () => Promise.resolve({ usageBytes: null, quotaBytes: null, persistent: null }),
  })
  const lender = { borrow: () => Promise.reject(new Error('nothing is borrowed here')) }
  const service = options.scheduled
    ? await createModelService({ platform, settings, calibrations, events, lender })
    : null
  const models = service ?? (await directModels(engine))
  const vectors = createHeldVectors(platform)
  const memory = createMemoryService({
    ...{ platform, events, vectors },
    sourceOf: (run) => agents.sourceOf(run),
    quotes: (memories) => context.redact(memories),
    board: () => shared.service(),
  })
  const shared = createShared({ platform, events })
  const agentExists = (id: string): boolean => agents.toolsOf(id) !== undefined
  const files = createFilesService({ platform, events, agentExists, words: () => Promise.resolve(null) })
  const tools = createToolService({
    platform,
    events,
    lender,
    memory,
    shared,
    files,
    ask: (request) => agents.ask(request),
    effectsOf: (principal) => agents.effectsOf(principal),
  })
  const invoke: Invoke = async (caller, name, args, { signal, onEvent }) =>
    dispatch(name, args as never, { caller, signal, ...(onEvent ? { onEvent } : {}) }) as never
  const context = createContextService({
    database,
    clock,
    events,
    audit: { later: () => undefined },
    tools,
    calibrations,
    memory,
    words: () => vectors.words(),
    model: (id) => models.known(id),
  })
  const budgets = await openBudgets({ database, clock })
  const agents: AgentService = await createAgentService({
    ...{ platform, events, models, tools, memory, files, context, invoke, everything: settings, budgets },
  })

  async function dispatch<N extends SyscallName>(
    name: N,
    args: SyscallInput<N>,
    given: CallOptions<N> = {},
  ): Promise<unknown> {
    const handlers = {
      ...agents.handlers,
      ...context.handlers,
      ...tools.handlers,
      ...memory.handlers,
      ...shared.handlers,
      ...files.handlers,
    } as Record<string, (call: unknown) => unknown>
    const id = given.id ?? random.id('call')
    const call = {
      id,
      name,
      // With the defaults that the gate fills in.
      args: syscalls[name].args.parse(args),
      caller: given.caller ?? user,
      signal: given.signal ?? new AbortController().signal,
      emit: given.onEvent ?? (() => {}),
    }
    const result = await handlers[name]?.(call)
    if (typeof result !== 'object' || result === null || !('writes' in result)) return result
    const outcome = result as { result: unknown; writes: Mutation[]; after?: () => void; failed?: () => void }
    try {
      await database.commit(outcome.writes, 'strict')
    } catch (error) {
      outcome.failed?.()
      throw error
    }
    outcome.after?.()
    return outcome.result
  }

  return {
    database,
    clock,
    get engine() {
      return engine
    },
    events,
    memory,
    tools,
    agents,
    settings,
    call: (name, args, given) => dispatch(name, args, given) as never,
    offer(name, run, { idempotent = false, signal = new AbortController().signal } = {}) {
      const manifest = {
        name,
        description: `${name} of the test`,
        parameters: { type: 'object' },
        effects: 'external',
        idempotent,
        timeoutMs: 30_000,
      } as const
      const onEvent = (event: ToolInvocation): void => {
        if (event.type !== 'invoke') return
        const { invocation } = event
        void Promise.resolve(run(event.arguments)).then(
          (value) => dispatch('tool.settle', { invocation, ok: true, value: value as never }),
          (error: unknown) => dispatch('tool.settle', { invocation, ok: false, message: String(error) }),
        )
      }
      void dispatch('tool.register', manifest, { signal, onEvent }).catch(() => {})
    },
    async [Symbol.asyncDispose]() {
      await agents[Symbol.asyncDispose]()
      await service?.[Symbol.asyncDispose]()
      await tools[Symbol.asyncDispose]()
      await memory[Symbol.asyncDispose]()
    },
  }
}

export const settings = (over: Partial<Call<'agent.create'>['args']> = {}): Call<'agent.create'>['args'] => ({
  name: 'Ada',
  instructions: 'Be brief.',
  tools: ['calculate', 'remember', 'recall', 'run_javascript', 'current_time', 'order'],
  model: null,
  sampling: { temperature: 0, topP: 1, maxTokens: 256 },
  limits: { rounds: 8 },
  class: 'normal',
  weight: 1,
  budget: null,
  ...over,
})

/** A script call as a model writes it. */
export const asks = (name: string, args: unknown): { call: { id: string; name: string; arguments: string } } => ({
  call: { id: 'from-the-engine', name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
})

/** How many tool results follow the last user message: which round of an exchange a request is for. */
export function roundOf(request: { messages: readonly { role: string }[] }): number {
  const lastUser = request.messages.findLastIndex(({ role }) => role === 'user')
  return request.messages.slice(lastUser).filter(({ role }) => role === 'tool').length
}

export const eventTypes = (events: readonly RunEvent[]): string[] => events.map(({ type }) => type)

export async function errorOf(work: Promise<unknown>): Promise<HearthError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof HearthError)) throw new Error(`expected a HearthError, got ${String(error)}`)
  return error
}

export const app = (session: string): Caller => ({
  principal: { kind: 'app', id: 'https://shop.example' } satisfies Principal,
  session,
  name: `Shop ${session}`,
})

/** Asks and waits: the run as it ended, and all that was told of it. */
export async function ask(life: Life, agent: string, text: string, more: { replace?: string } = {}) {
  const events: RunEvent[] = []
  const run = await life.call('agent.run', { agent, text, ...more }, { onEvent: (event) => events.push(event) })
  return { run, events }
}

/** Holds something until it is opened. */
export function gate(): { readonly pass: Promise<void>; open(): void } {
  let open = (): void => {}
  const pass = new Promise<void>((resolve) => (open = resolve))
  return { pass, open }
}

export const historyOf = async (life: Life, agent: string): Promise<Turn[]> =>
  (await life.call('agent.history', { agent, limit: 1000 })).turns

/** Lets everything go on that does not wait for something outside. */
export async function idle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((go) => setImmediate(go))
}
