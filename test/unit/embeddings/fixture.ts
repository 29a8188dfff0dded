/** Embeddings over a plain map of memories, with real vectors, the real built-in embedder, and a scripted engine. */
import type { EmbedderChoice, EmbeddingState, KernelEvent, ModelInfo } from '../../../kernel/abi/index.ts'
import type { AtomicOutcome, Call } from '../../../kernel/core/call.ts'
import type { LoadedEmbeddings } from '../../../kernel/core/embeddings/loaded.ts'
import type { HoldUp } from '../../../kernel/core/embeddings/models.ts'
import { loadEmbeddings } from '../../../kernel/core/embeddings/service.ts'
import { createKernelEvents } from '../../../kernel/core/events.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { createManualClock } from '../../../kernel/drivers/memory/clock.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { openVectors } from '../../../kernel/drivers/vectors/index.ts'
import { createScript, scriptedDrivers, type Script } from '../../fixtures/scripted-embedder.ts'
import { shipped } from '../../fixtures/shipped.ts'

export const SERVER: EmbedderChoice = { kind: 'openai', url: 'https://models.example/v1', model: 'm' }
export const LOCAL: EmbedderChoice = { kind: 'llamacpp', model: 'nomic' }
export const BUILT_IN: EmbedderChoice = { kind: 'built-in' }
export const BUSY: HoldUp = { by: 'answers', reason: 'Answers are being written.' }
export const PAUSED: HoldUp = { by: 'pause', reason: 'Everything is paused.' }

/** Memories that outlive the kernels of a test, as those in the database do. */
export type Memories = Map<number, string>

export interface World {
  readonly database: Database
  readonly memories: Memories
  readonly script: Script
  /** Names are never given twice, also not by the next kernel. */
  lastId: number
}

export function createWorld(): World {
  return { database: createMemoryDatabase(), memories: new Map(), script: createScript(), lastId: 0 }
}

export interface Running extends AsyncDisposable {
  [Symbol.asyncDispose](): Promise<void>
  readonly embeddings: LoadedEmbeddings
  readonly clock: ReturnType<typeof createManualClock>
  readonly events: KernelEvent[]
  readonly sentTo: string[]
  /** Set to have embedding wait for others. */
  hold: HoldUp | null
  /** False while the file of words, or that of the encoder of sentences, is not to be had. */
  wordsThere: boolean
  sentencesThere: boolean
  put(number: number, text: string): Promise<void>
  remove(number: number): Promise<void>
  use(choice: EmbedderChoice): Promise<EmbeddingState>
  cancel(): Promise<EmbeddingState>
  state(): Promise<EmbeddingState>
  /** Numbers found, best first; null when the search went by words. */
  find(text: string): Promise<number[] | null>
}

/** @param database another one around that of the world, such as one that is killed */
export function start(world: World, database = world.database): Running {
  const { memories, script } = world
  const clock = createManualClock()
  const kernelEvents = createKernelEvents()
  const events: KernelEvent[] = []
  kernelEvents.subscribe((event) => void events.push(event))
  const sentTo: string[] = []
  const ids = { id: (prefix: string) => `${prefix}-${++world.lastId}` }
  const files = { wordsThere: true, sentencesThere: true }
  const running: typeof files & Pick<Running, 'hold'> = { ...files, hold: null }
  const offline = (): Promise<never> => Promise.reject(new Error('offline'))
  const source = {
    numbers: () => memories.keys(),
    entry(number: number) {
      const text = memories.get(number)
      return text === undefined ? undefined : { text, attributes: { time: number } }
    },
  }
  const embeddings: LoadedEmbeddings = loadEmbeddings({
    platform: {
      ...{ clock, random: ids, database, vectorIndex: openVectors, embedders: scriptedDrivers(script) },
      wordVectors: () => (running.wordsThere ? shipped.wordVectors() : offline()),
      sentenceEncoder: (words) => (running.sentencesThere ? shipped.sentenceEncoder(words) : offline()),
    },
    events: kernelEvents,
    models: {
      holdUp: () => running.hold,
      list: () => [NOMIC],
      fetch: async (id) => ({ id, name: 'nomic-embed', bytes: new Blob([]), contextTokens: 512 }),
      sentTo: (host) => void sentTo.push(host),
    },
    lender: { borrow: () => Promise.reject(new Error('nothing to lend')) },
    load: async () => embeddings.attach(source),
  })

  async function change(number: number, text: string | null): Promise<void> {
    const put = text === null ? [] : [{ number, text, attributes: { time: number }, textChanged: true }]
    const prepared = await embeddings.prepare({ put, remove: text === null ? [number] : [] })
    try {
      // The memory itself is written in the same commit; here its number stands for it.
      const mark = { op: 'put', store: 'meta', value: { name: `memory-${number}`, value: text } } as const
      await database.commit([mark, ...prepared.writes], 'strict')
    } catch (error) {
      prepared.drop()
      throw error
    }
    if (text === null) memories.delete(number)
    else memories.set(number, text)
    prepared.apply()
  }

  async function settle(outcome: AtomicOutcome<EmbeddingState>): Promise<EmbeddingState> {
    try {
      await database.commit(outcome.writes, 'strict')
    } catch (error) {
      outcome.failed?.()
      throw error
    }
    outcome.after?.()
    return outcome.result
  }

  const call = <A>(args: A): Call<never> => ({ args }) as unknown as Call<never>
  const { handlers } = embeddings
  return Object.assign(running, {
    ...{ embeddings, clock, events, sentTo },
    put: (number: number, text: string) => change(number, text),
    remove: (number: number) => change(number, null),
    use: async (embedder: EmbedderChoice) => settle(await handlers['embedding.use'](call({ embedder }))),
    cancel: async () => settle(await handlers['embedding.cancel'](call({}))),
    state: async () => handlers['embedding.state'](call({})),
    find: async (text: string) => (await embeddings.search(text, 'query', 5))?.map(({ id }) => id) ?? null,
    [Symbol.asyncDispose]: async () => {
      await embeddings[Symbol.asyncDispose]()
    },
  })
}

/** Lets the kernel work until something is true. */
export async function until(running: Running, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; !(await isTrue()); turn += 1) {
    if (turn > 5_000) throw new Error('it never became true')
    await running.clock.sleep(0)
  }
}

/** All is embedded by what was chosen last. */
export async function settled(running: Running): Promise<void> {
  await until(running, async () => {
    const { next, pending } = await running.state()
    return next === null && pending === 0
  })
}

const NOMIC: ModelInfo = {
  ...{ id: 'nomic', name: 'nomic-embed', engine: 'llamacpp', source: { kind: 'bundled', path: 'n.gguf' } },
  ...{ sizeBytes: 10, sizeEstimated: false, memoryBytes: 1, contextTokens: 512, fits: { ok: true }, about: '' },
  ...{ listed: true, state: { kind: 'stored' } },
}
