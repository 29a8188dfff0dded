/** Measures one subject at one size, and makes a row of it. */
import { DIMENSIONS, makeData, nearestOf, product, vectorAt } from './data.ts'
import { NotFinished, OWNER, ownerOf } from './subject.ts'
import type { Subject } from './subject.ts'
import { createEdgevec } from './subjects/edgevec.ts'
import { createHearth } from './subjects/hearth.ts'
import { createHnswlib } from './subjects/hnswlib.ts'
import { createOrama } from './subjects/orama.ts'
import { createPlain } from './subjects/plain.ts'
import { createVoy } from './subjects/voy.ts'

const K = 10
const QUERIES = 200
const ADDED = 20
/** Milliseconds a build may take; beyond it an application would not wait. */
const PATIENCE_MS = 150_000

export const SUBJECTS: Readonly<Record<string, () => Promise<Subject> | Subject>> = {
  Hearth: () => createHearth({ precision: 'int8' }),
  'Hearth, exact': () => createHearth({ precision: 'int8' }, true),
  'Hearth, float32': () => createHearth({ precision: 'float32' }),
  'voy-search': createVoy,
  edgevec: createEdgevec,
  'hnswlib-wasm': createHnswlib,
  Orama: createOrama,
  'plain JavaScript': createPlain,
}

/** Milliseconds, bytes and shares; null where a library cannot. */
export interface Row {
  readonly build: number
  readonly addOne: number
  readonly p50: number
  readonly p99: number
  readonly recall: number
  readonly filteredP50: number | null
  readonly filteredRecall: number | null
  readonly save: number | null
  readonly load: number | null
  /** Until the first answer after a restart: `load` and one search. */
  readonly disk: number | null
  readonly memory: number | null
  readonly note: string
}

export async function measure(name: string, count: number): Promise<Row> {
  const data = makeData(count, QUERIES)
  const extra = makeData(ADDED, 0, 2)
  const before = heap()
  const subject = await (SUBJECTS[name] ?? unknownSubject(name))()
  const started = performance.now()
  try {
    await subject.build(data, () => performance.now() - started > PATIENCE_MS)
  } catch (error) {
    if (error instanceof NotFinished) throw new Error(`not built within ${PATIENCE_MS / 1000} s`, { cause: error })
    throw error
  }
  const build = performance.now() - started
  const memory = subject.bytes() ?? heap() - before

  const truth = data.queries.map((query) => nearestOf(data, query, K, () => true))
  const plain = await searches(data.queries, truth, (query) => subject.search(query, K))
  let filtered = null
  if (subject.filtered !== undefined) {
    const owned = data.queries.map((query) => nearestOf(data, query, K, (row) => ownerOf(row) === OWNER))
    filtered = await searches(data.queries, owned, (query) => subject.filtered?.(query, K) ?? [])
  }
  const added = await times(ADDED, (at) => subject.addOne(count + at, vectorAt(extra, at).slice()))
  let disk: number | null = null
  let save: number | null = null
  let load: number | null = null
  let note = subject.note ?? ''
  try {
    if (subject.save !== undefined) {
      const from = performance.now()
      disk = await subject.save()
      save = performance.now() - from
    }
    if (subject.load !== undefined) {
      const from = performance.now()
      await subject.load()
      const [query] = data.queries
      if (query !== undefined) await subject.search(query, K)
      load = performance.now() - from
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : JSON.stringify(error)
    note = `saving or loading failed: ${reason}`
  }
  return {
    build,
    addOne: median(added),
    p50: plain.p50,
    p99: plain.p99,
    recall: plain.recall,
    filteredP50: filtered?.p50 ?? null,
    filteredRecall: filtered?.recall ?? null,
    save,
    load,
    disk,
    memory,
    note,
  }
}

async function searches(
  queries: readonly Float32Array[],
  truth: readonly (readonly number[])[],
  search: (query: Float32Array) => Promise<number[]> | number[],
): Promise<{ p50: number; p99: number; recall: number }> {
  for (const query of queries.slice(0, 20)) await search(query)
  let found = 0
  let all = 0
  const samples = await times(queries.length, async (at) => {
    const query = queries[at]
    if (query === undefined) return
    const rows = await search(query)
    const best = truth[at] ?? []
    all += best.length
    found += best.filter((row) => rows.includes(row)).length
  })
  samples.sort((left, right) => left - right)
  return { p50: median(samples), p99: samples[Math.floor(samples.length * 0.99)] ?? NaN, recall: found / all }
}

async function times(count: number, work: (at: number) => unknown): Promise<number[]> {
  const samples: number[] = []
  for (let at = 0; at < count; at++) {
    const started = performance.now()
    await work(at)
    samples.push(performance.now() - started)
  }
  return samples
}

function median(samples: readonly number[]): number {
  return [...samples].sort((left, right) => left - right)[Math.floor(samples.length / 2)] ?? NaN
}

/** Bytes of the JavaScript heap; precise in Chromium with --enable-precise-memory-info, and in Node. */
function heap(): number {
  const page = performance as Performance & { memory?: { usedJSHeapSize: number } }
  if (page.memory !== undefined) return page.memory.usedJSHeapSize
  return typeof process === 'undefined' ? NaN : process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
}

function unknownSubject(name: string): never {
  throw new Error(`There is no subject ${name}.`)
}

/** What the data is like: the mean cosine of two at random, and of a query and the first and tenth of its ten best. */
export function describeData(count: number): { random: number; first: number; tenth: number } {
  const data = makeData(count, 50)
  let random = 0
  for (let at = 0; at < 2_000; at++) {
    const [left, right] = [(at * 7_919) % count, (at * 104_729 + 13) % count]
    random += product(data.base, left * DIMENSIONS, vectorAt(data, right)) / 2_000
  }
  const scores = data.queries.map((query) =>
    nearestOf(data, query, K, () => true).map((row) => product(data.base, row * DIMENSIONS, query)),
  )
  const mean = (at: number): number => scores.reduce((sum, each) => sum + (each[at] ?? 0), 0) / scores.length
  return { random, first: mean(0), tenth: mean(K - 1) }
}
