/** A model service on in-memory drivers and scripted engines, for tests in Node. */
import type { KernelEvent, SyscallEvent, SyscallName, SyscallResult } from '../../../kernel/abi/index.ts'
import type { Call, HandlerResult } from '../../../kernel/core/call.ts'
import type { CatalogueEntry } from '../../../kernel/core/engines/catalogue.ts'
import type { Engine, EngineFactory, GenerateRequest } from '../../../kernel/core/engines/engine.ts'
import type { GenerationEvent } from '../../../kernel/core/engines/generation.ts'
import type { ModelFiles } from '../../../kernel/core/engines/model-files.ts'
import { createModelService } from '../../../kernel/core/engines/service.ts'
import { createKernelEvents } from '../../../kernel/core/events.ts'
import type { Lender } from '../../../kernel/core/lending.ts'
import type { Clock, Platform } from '../../../kernel/core/platform.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { createManualClock } from '../../../kernel/drivers/memory/clock.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createMemoryLiveness } from '../../../kernel/drivers/memory/liveness.ts'
import { createMemoryModelFiles } from '../../../kernel/drivers/memory/model-files.ts'
import { createCountingRandom } from '../../../kernel/drivers/memory/random.ts'

export interface EngineQueue {
  readonly factory: EngineFactory
  /** A tab that can run this engine has opened. */
  offer(...engines: readonly Engine[]): void
  /** Resolves once somebody waits for a tab. */
  readonly whenAwaited: Promise<void>
}

/** Stands in for tabs: hands out engines in order and waits for the next when there is none. */
export function createEngineQueue(...engines: readonly Engine[]): EngineQueue {
  const offered = [...engines]
  const waiting: ((engine: Engine) => void)[] = []
  const { promise: whenAwaited, resolve: awaited } = defer<void>()
  return {
    whenAwaited,
    factory: (_lender, signal, onWait) => {
      const next = offered.shift()
      if (next) return Promise.resolve(next)
      return new Promise((resolve, reject) => {
        waiting.push(resolve)
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
        onWait()
        awaited()
      })
    },
    offer(...more) {
      for (const engine of more) {
        const next = waiting.shift()
        if (next) next(engine)
        else offered.push(engine)
      }
    },
  }
}

/** The engines here never ask for a worker. */
const noLender: Lender = { borrow: () => Promise.reject(new Error('no test lends workers')) }

export interface HarnessOptions {
  llamacpp?: EngineFactory
  webllm?: EngineFactory
  openai?: EngineFactory
  files?: ModelFiles
  database?: Database
  clock?: Clock
  catalogues?: readonly (readonly CatalogueEntry[])[]
}

export async function start(options: HarnessOptions = {}) {
  const none: EngineFactory = () => Promise.reject(new Error('this test has no such engine'))
  const clock = createManualClock()
  const database = options.database ?? createMemoryDatabase()
  const bundled = () => Promise.resolve(new Blob(['GGUF']))
  const files = options.files ?? createMemoryModelFiles({ bundled })
  const platform: Platform = {
    host: 'node',
    version: 'test',
    clock: options.clock ?? clock,
    random: createCountingRandom(),
    database,
    liveness: createMemoryLiveness(),
    files,
    engines: {
      llamacpp: options.llamacpp ?? none,
      webllm: options.webllm ?? none,
      openai: options.openai ?? none,
    },
    catalogues: (options.catalogues ?? []).map((entries) => () => Promise.resolve(entries)),
    sandbox: () => ({ run: () => Promise.reject(new Error('no sandbox here')), [Symbol.asyncDispose]: async () => {} }),
    device: async () => ({ gpu: null, gpuReason: 'this is Node', memoryBytes: null, threads: 2 }),
    storage: async () => ({ usageBytes: null, quotaBytes: null, persistent: null }),
  }
  const events = createKernelEvents()
  const published: KernelEvent[] = []
  events.subscribe((event) => published.push(event))
  const service = await createModelService({ platform, events, lender: noLender })

  /** Makes a syscall as the gate would, and commits what it returns. */
  async function call<N extends Extract<SyscallName, `model.${string}`>>(
    name: N,
    args: Call<N>['args'],
    signal: AbortSignal = new AbortController().signal,
    emit: (event: SyscallEvent<N>) => void = () => {},
  ): Promise<SyscallResult<N>> {
    const caller = { principal: { kind: 'user' as const }, session: 's1', name: 'Test' }
    const handler = service.handlers[name] as unknown as (call: Call<N>) => HandlerResult<N> | Promise<HandlerResult<N>>
    const outcome: unknown = await handler({ id: 'call', name, args, caller, signal, emit })
    if (typeof outcome === 'object' && outcome !== null && 'writes' in outcome && 'result' in outcome) {
      const { writes, result, after } = outcome as unknown as {
        writes: Parameters<Database['commit']>[0]
        result: SyscallResult<N>
        after?: () => void
      }
      await database.commit(writes, 'strict')
      after?.()
      return result
    }
    return outcome as SyscallResult<N>
  }

  /** The kinds of state one model went through, progress left out. */
  const statesOf = (id: string): string[] => {
    const kinds = published.flatMap((event) =>
      event.type === 'model' && event.model.id === id ? [event.model.state.kind] : [],
    )
    return kinds.filter((kind, index) => kind !== kinds[index - 1])
  }

  const stateOf = async (id: string) => {
    const { models } = await call('model.list', { all: true })
    return models.find((model) => model.id === id)?.state
  }

  return { service, platform, events, published, clock, call, statesOf, stateOf }
}

export function ask(text: string, change: Partial<GenerateRequest> = {}): GenerateRequest {
  return {
    messages: [{ role: 'user', content: text }],
    tools: [],
    temperature: 0,
    topP: 1,
    maxTokens: 1000,
    ...change,
  }
}

export interface Read {
  text: string
  calls: string[]
  events: GenerationEvent[]
  types: string[]
}

/** Reads an answer to its end; `onEvent` sees each event as it comes. */
export async function read(
  answer: AsyncIterable<GenerationEvent>,
  onEvent: (event: GenerationEvent) => void = () => {},
): Promise<Read> {
  const events: GenerationEvent[] = []
  for await (const event of answer) {
    events.push(event)
    onEvent(event)
  }
  return {
    events,
    types: events.map(({ type }) => type),
    text: events.map((event) => (event.type === 'text' ? event.text : '')).join(''),
    calls: events.flatMap((event) => (event.type === 'tool-call' ? [event.call.name] : [])),
  }
}

export function defer<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((settle, fail) => {
    resolve = settle
    reject = fail
  })
  return { promise, resolve, reject }
}
