/**
 * Memory at its full size, on the real database and the real vector index: how long it takes to load, how long a search takes,
 * and for how long the thread is held meanwhile. MiniSearch stands beside it on the same texts and questions. Each function is
 * run in a worker of its own (scale-worker.ts).
 */
import MiniSearch from 'minisearch'
import { createEmbeddings } from '../../../kernel/core/embeddings/embeddings.ts'
import { createKernelEvents } from '../../../kernel/core/events.ts'
import { planAdd } from '../../../kernel/core/memory/adding.ts'
import { createMemoryService, type MemoryService } from '../../../kernel/core/memory/service.ts'
import { queryWordsOf, wordsOf } from '../../../kernel/core/memory/search/words.ts'
import type { Clock, Platform } from '../../../kernel/core/platform.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { assistantChatter, userChatter } from './chatter.ts'
import { memoryOf } from './memory-of.ts'
import { createDice } from './random.ts'
import { TOPICS } from './topics.ts'

/** Milliseconds, unless it says otherwise. */
export interface Scale {
  /** Until the first search was answered, and the longest that the thread was held by then. */
  readonly load: number
  readonly loadBlock: number
  /** Until every memory had its vector; next to nothing when they were on disk. */
  readonly embedded: number
  readonly embeddedBlock: number
  readonly p50: number
  readonly p95: number
  readonly filteredP95: number
  readonly searchBlock: number
  /** Facts added one by one, each a commit; the first one looks through all that is known for what it contradicts. */
  readonly addP95: number
  readonly addBlock: number
  /** Records more than before, after 1,000 recalls. */
  readonly growth: number
}

const SEARCHES = 300
const RECALLS = 1_000
const ADDS = 200
const PER_COMMIT = 1_000
const QUESTIONS = TOPICS.flatMap(({ asked, otherwise }) => [asked, otherwise]).map((text) => text.replaceAll('@', 'my'))

export function textsOf(count: number): string[] {
  const dice = createDice(7)
  return Array.from({ length: count }, (_, at) => {
    if (at % 3 === 0) return `${userChatter(dice)} ${assistantChatter(dice)}`
    const topic = dice.pick(TOPICS)
    const whose = dice.pick(['my', "Ann's", "Tom's", 'our', `customer ${dice.roll(5_000)}'s`])
    return dice
      .pick(topic.said)
      .replaceAll('@', whose)
      .replaceAll('%', `${dice.pick(topic.values)} ${dice.roll(count)}`)
  })
}

/** Stores memories, of twenty agents and in ten scopes. */
export async function fill({ database }: Platform, count: number): Promise<void> {
  const texts = textsOf(count)
  for (let from = 0; from < count; from += PER_COMMIT) {
    const batch = texts.slice(from, from + PER_COMMIT).map((text, at) => {
      const number = from + at + 1
      const owner = number % 2 === 0 ? null : `agent-${number % 20}`
      return memoryOf(number, text, 1_700_000_000_000 + number * 60_000, { owner, scope: `scope ${number % 10}` })
    })
    await database.commit(
      batch.map((value) => ({ op: 'put', store: 'memories', value })),
      'relaxed',
    )
  }
}

/** Starts on what is stored, as a kernel does, and searches it. */
export async function measureScale(platform: Platform): Promise<Scale> {
  const { clock, database } = platform
  const events = createKernelEvents()
  const watch = watchThread(clock)
  const began = clock.monotonic()
  const embeddings = createEmbeddings({
    ...{ platform, events, load: async () => (await memory.parts()).index.count({ validAt: 'any' }) },
    models: {
      holdUp: () => null,
      list: () => [],
      fetch: () => Promise.reject(new Error('none')),
      sentTo: () => undefined,
    },
    lender: { borrow: () => Promise.reject(new Error('nothing is lent here')) },
  })
  const memory = createMemoryService({
    ...{ platform, events, vectors: embeddings, sourceOf: () => undefined },
    quotes: () => Promise.resolve({ writes: [], after: () => undefined }),
  })
  const { index } = await memory.parts()
  await index.search('What is my salary?', 5, {})
  const load = clock.monotonic() - began
  const loadBlock = watch.longest()
  await allEmbedded(embeddings, clock)
  const embedded = clock.monotonic() - began - load
  const embeddedBlock = watch.longest()
  const plain = await timesOf(clock, (question) => index.search(question, 5, {}))
  const filtered = await timesOf(clock, (question) =>
    index.search(question, 5, { owner: 'agent-7', scopes: ['scope 7'], kinds: ['fact'], trust: 'trusted' }),
  )
  const searchBlock = watch.longest()
  const added = await addSome(memory, clock)
  const addBlock = watch.longest()
  const before = await recordsIn(database)
  for (let n = 0; n < RECALLS; n += 1) {
    await memory.recall(QUESTIONS[n % QUESTIONS.length] ?? '', { kind: 'agent', id: 'agent-7', run: 'run-1' }, 5)
    await clock.sleep(0)
  }
  await memory[Symbol.asyncDispose]()
  const growth = (await recordsIn(database)) - before
  await embeddings[Symbol.asyncDispose]()
  watch.stop()
  return {
    ...{ load, loadBlock, embedded, embeddedBlock, searchBlock, addBlock, growth },
    ...{ p50: at(plain, 0.5), p95: at(plain, 0.95), filteredP95: at(filtered, 0.95), addP95: at(added, 0.95) },
  }
}

/** @returns p95 of a search in milliseconds */
export async function miniSearch({ clock }: Platform, count: number): Promise<number> {
  const library = new MiniSearch<{ id: number; text: string }>({ fields: ['text'], tokenize: wordsOf })
  await library.addAllAsync(textsOf(count).map((text, id) => ({ id, text })))
  const times = await timesOf(clock, (question) =>
    Promise.resolve(library.search(question, { tokenize: queryWordsOf }).slice(0, 5)),
  )
  return at(times, 0.95)
}

/**
 * Facts that contradict nothing, each a commit with its vector, in the place of the oldest, which come back after: memory is
 * full. @returns milliseconds of each, sorted
 */
async function addSome(memory: MemoryService, clock: Clock): Promise<number[]> {
  const parts = await memory.parts()
  const { changes, index } = parts
  const oldest = (await index.list({ validAt: 'any' })).slice(-ADDS)
  for (const { id } of oldest) await changes.now('relaxed', () => Promise.resolve({ result: null, remove: [id] }))
  const provenance = { source: 'user', principal: { kind: 'user' }, trust: 'trusted' } as const
  const common = { kind: 'fact' as const, owner: null, scope: 'bench', validUntil: null, links: [], supersede: true }
  const times: number[] = []
  const added: string[] = []
  for (let n = 0; n < ADDS; n += 1) {
    const text = `Note ${n} of the benchmark: the blue boat number ${n} lies in the ${n % 7}th dock.`
    const began = clock.monotonic()
    added.push((await changes.now('strict', () => planAdd(parts, { ...common, text }, provenance))).id)
    times.push(clock.monotonic() - began)
    await clock.sleep(0)
  }
  for (const id of added) await changes.now('relaxed', () => Promise.resolve({ result: null, remove: [id] }))
  for (const old of oldest) await changes.now('relaxed', () => Promise.resolve({ result: null, put: [old] }))
  return times.sort((one, other) => one - other)
}

async function allEmbedded(embeddings: ReturnType<typeof createEmbeddings>, clock: Clock): Promise<void> {
  const state = embeddings.handlers['embedding.state'] as (call: never) => Promise<{ pending: number }>
  while ((await state({ args: {} } as never)).pending > 0) await clock.sleep(50)
}

async function timesOf(clock: Clock, search: (question: string) => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < SEARCHES; n += 1) {
    const began = clock.monotonic()
    await search(QUESTIONS[n % QUESTIONS.length] ?? '')
    times.push(clock.monotonic() - began)
    await clock.sleep(0)
  }
  return times.sort((one, other) => one - other)
}

const at = (sorted: readonly number[], share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0

async function recordsIn(database: Database): Promise<number> {
  let all = 0
  for (const store of ['memories', 'versions', 'shared', 'turns', 'pages'] as const) all += await database.count(store)
  return all
}

/** The longest time between two turns of the event loop. */
function watchThread(clock: Clock): { longest(): number; stop(): void } {
  let [most, last, over] = [0, clock.monotonic(), false]
  const turn = (): void => {
    const now = clock.monotonic()
    most = Math.max(most, now - last)
    last = now
    if (!over) void clock.sleep(0).then(turn)
  }
  void clock.sleep(0).then(turn)
  return {
    longest() {
      const found = most
      most = 0
      return found
    },
    stop() {
      over = true
    },
  }
}
