/**
 * What WebLLM has cached of its models, without loading WebLLM: by the addresses under which it keeps a model's files
 * (source.ts has it keep them in IndexedDB). How WebLLM names them is checked against WebLLM itself in test/browser.
 */
import type { CachedSource, CachedWeights, WeightCache } from '../../core/engines/weight-cache.ts'
import { storageError } from '../idb/errors.ts'
import { dataAt, deleteFrom, SCOPES, urlsIn } from './cache-store.ts'
import type { Scope } from './cache-store.ts'

/** The list of a model's shards; written before the first of them. */
const LIST = '/tensor-cache.json'

interface Entry {
  readonly scope: Scope
  readonly url: string
  readonly bytes: number
}

/** Size in bytes of each shard, by address. */
type Shards = ReadonlyMap<string, number>

interface Contents {
  readonly entries: readonly Entry[]
  /** By the list's address. */
  readonly lists: ReadonlyMap<string, Shards>
}

/** Under what addresses a model's files are. */
interface Place {
  /** What the address of each file but the library begins with. */
  readonly base: string
  readonly library: string
}

const NOTHING: CachedWeights = { bytes: 0, totalBytes: null, complete: false }

export function createWebllmWeightCache(): WeightCache {
  /** Sizes that had to be measured, by address: WebLLM never changes what it keeps. */
  const measured = new Map<string, number>()

  return {
    look: (sources) =>
      guarded(async () => {
        const [contents, places] = await Promise.all([readContents(measured), Promise.all(sources.map(placeOf))])
        return places.map((place) => (place ? weightsAt(place, contents) : NOTHING))
      }),

    remove: (source, others) =>
      guarded(async () => {
        const place = await placeOf(source)
        if (!place) return 0
        const [{ entries }, places] = await Promise.all([readContents(measured), Promise.all(others.map(placeOf))])
        const inUse = (library: string) =>
          places.some((other) => other?.library === library && other.base !== place.base && ownFiles(other, entries)[0])
        const gone = [...ownFiles(place, entries), ...(inUse(place.library) ? [] : libraryOf(place, entries))]
        for (const scope of SCOPES) {
          const urls = gone.filter((entry) => entry.scope === scope).map(({ url }) => url)
          await deleteFrom(scope, urls)
          for (const url of urls) measured.delete(url)
        }
        return total(gone)
      }),

    usage: () => guarded(async () => total((await readContents(measured)).entries)),
  }
}

function weightsAt(place: Place, { entries, lists }: Contents): CachedWeights {
  const own = ownFiles(place, entries)
  if (own.length === 0) return NOTHING
  const files = [...own, ...libraryOf(place, entries)]
  const list = [...lists].find(([url]) => url.startsWith(place.base))?.[1]
  if (!list) return { bytes: total(files), totalBytes: null, complete: false }
  const missing = new Map(list)
  for (const { url } of own) missing.delete(url)
  const missingBytes = [...missing.values()].reduce((sum, bytes) => sum + bytes, 0)
  const complete =
    missing.size === 0 &&
    own.some(({ scope }) => scope === 'webllm/config') &&
    own.some(({ url }) => /\/tokenizer\.(json|model)$/.test(url)) &&
    // WebLLM keeps no library of a server that it takes for the developer's own.
    (files.length > own.length || place.library.includes('localhost'))
  return { bytes: total(files), totalBytes: total(files) + missingBytes, complete }
}

function ownFiles({ base }: Place, entries: readonly Entry[]): Entry[] {
  return entries.filter(({ scope, url }) => scope !== 'webllm/wasm' && url.startsWith(base))
}

function libraryOf({ library }: Place, entries: readonly Entry[]): Entry[] {
  return entries.filter(({ scope, url }) => scope === 'webllm/wasm' && url === library)
}

function total(entries: readonly Entry[]): number {
  return entries.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** Null for a model that WebLLM's list no longer has. */
async function placeOf(source: CachedSource): Promise<Place | null> {
  if (source.kind === 'webllm-url') return { base: baseOf(source.weights), library: source.library }
  const { default: rows } = await import('virtual:webllm-catalogue')
  const row = rows.find(({ id }) => id === source.modelId)
  return row ? { base: baseOf(row.weights), library: row.library } : null
}

/** As WebLLM makes it: `<weights>/resolve/main/`, unless the address says which revision. */
function baseOf(weights: string): string {
  const folder = weights.endsWith('/') ? weights : `${weights}/`
  return new URL(/.+\/resolve\/.+\//.test(folder) ? folder : `${folder}resolve/main/`).href
}

async function readContents(measured: Map<string, number>): Promise<Contents> {
  const found = await Promise.all(
    SCOPES.map(async (scope) => (await urlsIn(scope)).map((url) => ({ scope, url }) as const)),
  )
  const urls = found.flat()
  const lists = new Map<string, Shards>()
  for (const { scope, url } of urls) {
    if (scope === 'webllm/model' && url.endsWith(LIST)) lists.set(url, shardsOf(url, await dataAt(scope, url)))
  }
  // By their list: measuring gigabytes of shards would mean to read them.
  const shards = new Map([...lists.values()].flatMap((list) => [...list]))
  const entries: Entry[] = []
  for (const { scope, url } of urls) {
    const bytes = shards.get(url) ?? measured.get(url) ?? sizeOf(await dataAt(scope, url))
    if (!shards.has(url)) measured.set(url, bytes)
    entries.push({ scope, url, bytes })
  }
  return { entries, lists }
}

function shardsOf(listUrl: string, list: unknown): Shards {
  const records: unknown = typeof list === 'object' && list !== null && 'records' in list ? list.records : []
  const shards = new Map<string, number>()
  for (const record of Array.isArray(records) ? (records as unknown[]) : []) {
    if (typeof record !== 'object' || record === null) continue
    if (!('dataPath' in record) || typeof record.dataPath !== 'string') continue
    const bytes = 'nbytes' in record && typeof record.nbytes === 'number' ? record.nbytes : 0
    shards.set(new URL(record.dataPath, listUrl).href, bytes)
  }
  return shards
}

function sizeOf(data: unknown): number {
  if (data instanceof ArrayBuffer) return data.byteLength
  return data === undefined ? 0 : new TextEncoder().encode(JSON.stringify(data)).byteLength
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw await storageError(error)
  }
}
