/**
 * Embeddings: which embedder memory is searched by, the vectors that it made, and changing to another one while everything
 * goes on. Memory's search uses it as `Vectors`, people through the `embedding.*` syscalls. Reads nothing before it is asked.
 */
import { HearthError } from '../../abi/index.ts'
import type { EmbedderChoice, EmbeddingState } from '../../abi/index.ts'
import { createPulse } from '../engines/pulse.ts'
import type { AtomicOutcome } from '../call.ts'
import { WordVectors } from '../memory/search/word-vectors.ts'
import type { CollectionRecord } from '../storage/records.ts'
import type { Collection } from './collection.ts'
import { Collections } from './collections.ts'
import type { Choosing } from './collections.ts'
import { BUILT_IN, describe, idOf, refuseSecretAddress } from './describe.ts'
import type { Known } from './describe.ts'
import { EmbedderHost } from './embedder-host.ts'
import type { EmbeddingsDeps, LoadedEmbeddings } from './loaded.ts'
import { makerOf } from './make-embedder.ts'
import { EMBEDDING_NEWS_MS } from './param.ts'
import type { SentenceEncoder } from './sentence-encoder.ts'
import type { EmbeddingSource } from './vectors.ts'

export function loadEmbeddings(deps: EmbeddingsDeps): LoadedEmbeddings {
  const { platform, events, models, lender, load } = deps
  let opening: Promise<Collections> | null = null
  let opened: Collections | null = null
  let source: EmbeddingSource | null = null
  let reading: Promise<WordVectors> | null = null

  const vectorsOfWords = (): Promise<WordVectors> => {
    reading ??= platform.wordVectors().then((bytes) => WordVectors.parse(bytes))
    const current = reading
    return current.catch((error: unknown) => {
      if (reading === current) reading = null
      throw unreadable(error, 'word vectors', 'words.bin')
    })
  }

  const encoder = (words: WordVectors): Promise<SentenceEncoder> =>
    platform.sentenceEncoder(words).catch((error: unknown) => {
      throw unreadable(error, 'the built-in embedder', 'sentences.bin')
    })

  const { clock, embedders: drivers } = platform
  const make = makerOf({ drivers, lender, models, clock, words: vectorsOfWords, encoder })
  const hostFor = (choice: EmbedderChoice) => new EmbedderHost(choice, make(choice), platform.clock)

  const news = createPulse(
    platform.clock,
    EMBEDDING_NEWS_MS,
    () => false,
    () => {
      if (opened && events.watched) events.publish({ type: 'embedding', state: stateOf(opened) })
    },
  )

  const collections = (): Promise<Collections> => {
    opening ??= Collections.open({
      platform,
      hostFor,
      holdUp: () => models.holdUp(),
      onChange: () => news.changed(),
    }).then(
      (all) => {
        opened = all
        if (source) all.attach(source)
        return all
      },
      (error: unknown) => {
        opening = null
        throw error
      },
    )
    return opening
  }

  const known: { offers: Known['offers'] } = { offers: [] }
  const info = (choice: EmbedderChoice, dimensions: number | null) =>
    describe(choice, dimensions, { models: models.list(), offers: known.offers })

  const next = (record: CollectionRecord, collection: Collection | null, all: Collections): EmbeddingState['next'] => {
    const fill = collection ? all.fillOf(collection) : { state: 'idle' as const, reason: null }
    const total = collection?.total ?? all.current.total
    return {
      embedder: info(record.embedder, record.dimensions),
      ...{ done: collection ? total - collection.missing.size : 0, total },
      state: fill.state === 'idle' ? 'embedding' : fill.state,
      ...{ reason: fill.reason, startedAt: record.startedAt },
    }
  }

  const stateOf = (all: Collections, chosen: CollectionRecord | null = all.next?.record ?? null): EmbeddingState => {
    const { current } = all
    const { reason } = all.fillOf(current)
    return {
      current: info(current.record.embedder, current.record.dimensions),
      next: chosen && next(chosen, chosen.name === all.next?.record.name ? all.next : null, all),
      ...{ pending: current.missing.size, reason: current.missing.size > 0 ? reason : null },
    }
  }

  /** Everything that is said of memories needs them to be loaded. */
  const loaded = async (): Promise<Collections> => {
    const all = await collections()
    if (!all.attached) await load()
    return all
  }

  const outcome = (all: Collections, choosing: Choosing): AtomicOutcome<EmbeddingState> => ({
    result: stateOf(all, choosing.next),
    writes: choosing.writes,
    after() {
      choosing.apply()
      choosing.release()
      news.changed()
    },
    failed: () => choosing.release(),
  })

  /** Lists of drivers are asked for when somebody wants to choose. */
  const offers = async (): Promise<Known['offers']> => {
    known.offers = await platform.embedders.offers().catch(() => known.offers)
    return known.offers
  }

  return {
    handlers: {
      async 'embedding.list'() {
        const all = await collections()
        const local = models.list().map(({ id }): EmbedderChoice => ({ kind: 'llamacpp', model: id }))
        const listed = (await offers()).map(({ choice }) => choice)
        const used = [all.current, ...(all.next ? [all.next] : [])].map(({ record }) => record)
        const choices = [BUILT_IN, ...used.map(({ embedder }) => embedder), ...local, ...listed]
        const byId = new Map(choices.map((choice) => [idOf(choice), choice]))
        const dimensions = new Map(used.map((record) => [idOf(record.embedder), record.dimensions]))
        return { embedders: [...byId].map(([id, choice]) => info(choice, dimensions.get(id) ?? null)) }
      },
      'embedding.state': async () => stateOf(await loaded()),
      async 'embedding.use'({ args: { embedder } }) {
        refuseSecretAddress(embedder)
        if (embedder.kind === 'webllm') await offers()
        requireKnown(embedder, { models: models.list(), offers: known.offers })
        const all = await loaded()
        return outcome(all, await all.choose(embedder))
      },
      async 'embedding.cancel'() {
        const all = await loaded()
        return outcome(all, await all.cancel())
      },
    },
    attach(memories) {
      source = memories
      // Opened by now, or as soon as somebody changes or searches anything.
      collections().then(
        (all) => {
          if (!all.attached) all.attach(memories)
        },
        () => {},
      )
    },
    prepare: async (change) => (await collections()).prepare(change),
    async search(text, purpose, k, filter) {
      try {
        const { current } = await collections()
        const { index, host } = current
        if (!index || index.size === 0) return null
        const vector = await host.query(text, purpose, index.dimensions)
        return vector && (await index.search(vector, k, filter === undefined ? {} : { filter }))
      } catch {
        // Whatever it is, it is told where vectors are made; a search goes by words then.
        return null
      }
    },
    words: () => vectorsOfWords().catch(() => null),
    async resume() {
      const all = await collections()
      if (all.next || all.current.record.embedder.kind !== 'built-in') await loaded()
    },
    async [Symbol.asyncDispose]() {
      news[Symbol.dispose]()
      await (await opening?.catch(() => null))?.[Symbol.asyncDispose]()
    },
  }
}

/** @throws HearthError `not-found` */
function requireKnown(choice: EmbedderChoice, { models, offers }: Known): void {
  if (choice.kind !== 'llamacpp' && choice.kind !== 'webllm') return
  const ids = choice.kind === 'llamacpp' ? models.map(({ id }) => id) : offers.map(({ choice }) => idOf(choice))
  if (ids.includes(choice.kind === 'llamacpp' ? choice.model : idOf(choice))) return
  const message = `There is no embedding model “${choice.model}” here. Nothing was changed; choose one of the list.`
  throw new HearthError('not-found', message, { kind: 'model', id: choice.model })
}

/** A file that comes with the app could not be had: a network that is away passes, a damaged file does not. */
function unreadable(error: unknown, what: string, url: string): unknown {
  if (error instanceof HearthError) return error
  const reason = error instanceof Error ? error.message : String(error)
  const message = `The file of ${what} could not be fetched: ${reason}. Until it is there, memories are found by the words they share.`
  return new HearthError('download-failed', message, {
    url,
    status: null,
    offline: false,
    receivedBytes: 0,
  })
}
