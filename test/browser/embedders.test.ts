/**
 * The embedders that need a browser, for real: llama.cpp with the starter model in the real lent worker, and WebLLM up to the
 * first byte that no package registry has. The starter model was made for chats, so what its vectors are worth is not looked at.
 */
import { afterEach, describe, expect, test } from 'vitest'
import starterUrl from '../../wasm/starter/starter.gguf?url'
import { HearthError } from '../../kernel/abi/index.ts'
import type { EmbeddingState, ModelInfo } from '../../kernel/abi/index.ts'
import type { Call } from '../../kernel/core/call.ts'
import type { LoadedEmbeddings } from '../../kernel/core/embeddings/loaded.ts'
import { EMBEDDING_TOKENS } from '../../kernel/core/embeddings/param.ts'
import { loadEmbeddings } from '../../kernel/core/embeddings/service.ts'
import { createKernelEvents } from '../../kernel/core/events.ts'
import { readGguf } from '../../kernel/core/engines/gguf.ts'
import { openIdbDatabase } from '../../kernel/drivers/idb/database.ts'
import { openVectors } from '../../kernel/drivers/vectors/index.ts'
import { createClock } from '../../kernel/drivers/web/clock.ts'
import { createRandom } from '../../kernel/drivers/web/random.ts'
import { openSentenceEncoder } from '../../kernel/drivers/sentences/encoder.ts'
import { withWords } from '../../kernel/drivers/sentences/with-words.ts'
import { fetchSentenceEncoder, fetchWordVectors } from '../../kernel/drivers/web/shipped-files.ts'
import { createLlamaEmbedder, planEmbedding } from '../../kernel/drivers/llamacpp/embedder.ts'
import { createLlamaEngine } from '../../kernel/drivers/llamacpp/engine.ts'
import { createWebllmEmbedder } from '../../kernel/drivers/webllm/embedder.ts'
import { webllmEmbedders } from '../../kernel/drivers/webllm/embedding-catalogue.ts'
import { createWebllmEngine } from '../../kernel/drivers/webllm/engine.ts'
import { embedderContract } from '../contract/embedder.ts'
import { ask, collect } from '../contract/answers.ts'
import { createGpuLender, type GpuLender } from '../fixtures/gpu-lender.ts'
import { createTestLender } from '../fixtures/lender.ts'

const live = new AbortController().signal
const bytes = await (await fetch(starterUrl)).blob()
const starter = { id: 'starter', name: 'Starter', bytes, contextTokens: 1024 }

async function failure(work: Promise<unknown>): Promise<HearthError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof HearthError) return error as HearthError
  throw new Error(`not a HearthError: ${String(error)}`)
}

embedderContract('llamacpp', async () => {
  const lender = createTestLender()
  const embedder = await createLlamaEmbedder(starter, lender, live, () => {})
  return { embedder, kill: () => lender.leases[0]?.closeTab() }
})

describe('the llama.cpp embedder', { timeout: 60_000 }, () => {
  test('embeds beside the model that answers, in a worker of its own', async () => {
    const lender = createTestLender()
    const engine = await createLlamaEngine(lender, live, () => {})
    const source = { kind: 'bundled', path: 'starter.gguf' } as const
    await engine.load({ model: 'starter', source, contextTokens: 1024, bytes }, () => {}, live)
    const embedder = await createLlamaEmbedder(starter, lender, live, () => {})
    const [answer, vectors] = await Promise.all([
      collect(engine.generate(ask('Count from 1 to 20.'), live)),
      embedder.embed(['tea', 'coffee'], 'document', live),
    ])
    expect(answer.text).toContain('19, 20')
    expect(vectors).toHaveLength(2)
    expect(lender.leases).toHaveLength(2)
    await embedder[Symbol.asyncDispose]()
    expect(lender.leases[1]?.killed).toBe(true)
    await engine[Symbol.asyncDispose]()
  })

  test('takes the mean over the tokens of a model that does not say how, and one window of them', async () => {
    const header = await readGguf(bytes, live)
    expect(planEmbedding(starter, header)).toMatchObject({ pooling: 'mean', contextTokens: EMBEDDING_TOKENS })
    expect(planEmbedding({ ...starter, contextTokens: 64 }, { ...header, pooling: true })).toMatchObject({
      pooling: 'own',
      contextTokens: 64,
    })
  })

  test('reads as much of a text as its window holds', async () => {
    const lender = createTestLender()
    const embedder = await createLlamaEmbedder({ ...starter, contextTokens: 64 }, lender, live, () => {})
    const long = 'The tea is on the table. '.repeat(200)
    const [whole] = await embedder.embed([long], 'document', live)
    expect(whole?.length).toBe(embedder.dimensions)
    await embedder[Symbol.asyncDispose]()
  })

  test('says of a file that is no model that it is none, and gives the worker back', async () => {
    const lender = createTestLender()
    const cut = { ...starter, bytes: bytes.slice(0, 100_000) }
    expect((await failure(createLlamaEmbedder(cut, lender, live, () => {}))).code).toBe('bad-model')
    const damaged = { ...starter, bytes: new Blob([bytes.slice(0, 24), new Uint8Array(bytes.size - 24)]) }
    expect((await failure(createLlamaEmbedder(damaged, lender, live, () => {}))).code).toBe('bad-model')
    expect(lender.leases.every(({ killed }) => killed)).toBe(true)
  })
})

describe('the WebLLM embedder', { timeout: 60_000 }, () => {
  let lenders: GpuLender[] = []
  const lend = (): GpuLender => {
    const lender = createGpuLender({})
    lenders.push(lender)
    return lender
  }
  afterEach(() => {
    for (const lender of lenders) lender[Symbol.dispose]()
    lenders = []
  })

  test('lists the models of WebLLM that embed, with what they take', () => {
    const offers = webllmEmbedders()
    expect(offers.length).toBeGreaterThanOrEqual(4)
    const small = offers.find(({ choice }) => choice.kind === 'webllm' && choice.model.endsWith('s-q0f32-MLC-b4'))
    expect(small).toMatchObject({ name: 'snowflake arctic embed s, 4 texts at once', bytes: 132_800_000 })
    expect(small?.note).toContain('English')
  })

  test('gets as far as the first byte it has to fetch, and says what is missing', async () => {
    const [offer] = webllmEmbedders()
    if (offer?.choice.kind !== 'webllm') throw new Error('there is nothing to try')
    const error = await failure(createWebllmEmbedder(offer.choice.model, lend(), live, () => {}))
    expect(error.code).toBe('download-failed')
    expect(error.message).toContain(offer.choice.model)
  })

  test('says of a model that the list does not have that it is not there', async () => {
    const error = await failure(createWebllmEmbedder('no-such-embedder', lend(), live, () => {}))
    expect(error).toMatchObject({ code: 'not-found', data: { id: 'no-such-embedder' } })
  })

  test('leaves the GPU engine that answers to its owner', async () => {
    const lender = lend()
    const engine = await createWebllmEngine(lender, live, () => {})
    await failure(createWebllmEmbedder('no-such-embedder', lender, live, () => {}))
    expect(engine.lost.aborted).toBe(false)
    await engine[Symbol.asyncDispose]()
  })
})

describe('memories in a browser', { timeout: 60_000 }, () => {
  test('move from words to the vectors of llama.cpp, through the loss of its tab, on IndexedDB', async () => {
    const lender = createTestLender()
    const database = await openIdbDatabase(`embedders-${crypto.randomUUID()}`)
    const texts = new Map([...TEXTS.entries()])
    const source = {
      numbers: () => texts.keys(),
      entry: (number: number) => {
        const text = texts.get(number)
        return text === undefined ? undefined : { text, attributes: {} }
      },
    }
    const unused = () => Promise.reject(new Error('not in this test'))
    const events = createKernelEvents()
    const embeddings: LoadedEmbeddings = loadEmbeddings({
      platform: {
        ...{ clock: createClock(), random: createRandom(), database, vectorIndex: openVectors },
        embedders: { llamacpp: createLlamaEmbedder, webllm: unused, openai: unused, offers: async () => [] },
        wordVectors: fetchWordVectors,
        sentenceEncoder: async (words) => openSentenceEncoder(withWords(await fetchSentenceEncoder(), words)),
      },
      events,
      models: { holdUp: () => null, list: () => [STARTER], fetch: async () => starter, sentTo: () => {} },
      lender,
      load: async () => embeddings.attach(source),
    })
    const { handlers } = embeddings
    const state = () => handlers['embedding.state'](callOf({})) as Promise<EmbeddingState>
    const reached = async (isSo: (now: EmbeddingState) => boolean) => {
      let told = (): void => {}
      const listening = events.subscribe(() => told())
      for (;;) {
        const next = new Promise<void>((resolve) => (told = resolve))
        if (isSo(await state())) break
        await next
      }
      listening[Symbol.dispose]()
    }
    await reached(({ pending }) => pending === 0)
    expect((await embeddings.search('vehicle', 'query', 1))?.[0]?.id).toBe(0)

    const outcome = await handlers['embedding.use'](callOf({ embedder: { kind: 'llamacpp', model: 'starter' } }))
    await database.commit(outcome.writes, 'strict')
    outcome.after?.()
    await reached(({ next }) => (next?.done ?? 0) > 0)
    lender.leases[0]?.closeTab()
    await reached(({ next }) => next === null)
    expect(lender.leases.length).toBeGreaterThan(1)
    expect((await state()).current).toMatchObject({ id: 'llamacpp:starter', sendsTo: null })
    // The same text is nearest to itself, whatever else these vectors are worth.
    for (const [number, text] of texts) expect((await embeddings.search(text, 'document', 1))?.[0]?.id).toBe(number)
    await embeddings[Symbol.asyncDispose]()
    database.close()
  })
})

const TEXTS = Array.from({ length: 40 }, (_, at) =>
  at === 0 ? 'A red car.' : `Order ${at * 37} was for ${at} cups of tea.`,
)

const STARTER: ModelInfo = {
  ...{ id: 'starter', name: 'Starter', engine: 'llamacpp', source: { kind: 'bundled', path: 'starter.gguf' } },
  ...{
    sizeBytes: bytes.size,
    sizeEstimated: false,
    memoryBytes: null,
    contextTokens: 1024,
    fits: { ok: true },
    about: '',
  },
  ...{ listed: true, state: { kind: 'stored' } },
}

/** As the gate makes it; handlers of this family look at nothing else of it. */
const callOf = <A>(args: A) => ({ args }) as unknown as Call<never>
