/** What every embedder must do, as one suite that runs over each of them for real. Nothing here is about how well it finds. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HearthError } from '../../kernel/abi/index.ts'
import { checkVectors } from '../../kernel/core/embeddings/checked.ts'
import type { Embedder } from '../../kernel/core/embeddings/embedder.ts'

export interface EmbedderUnderTest {
  embedder: Embedder
  /** Ends whatever it runs in, without a word to it. Left out where there is no such thing, or where it comes back by itself. */
  kill?: () => void
}

export interface EmbedderContractOptions {
  /** Milliseconds one test may take. */
  timeoutMs?: number
  /** Texts that it must find closer than `far`; left out for a model whose quality means nothing. */
  closer?: { one: string; near: string; far: string }
}

const live = new AbortController().signal
const TEXTS = [
  'The refund for order 1042 was paid on Tuesday.',
  'Her parental leave begins in March.',
  'The database is on port 5432.',
  'Buy oat milk on the way home.',
  'The train to the coast leaves at nine.',
]

export function embedderContract(
  name: string,
  make: () => Promise<EmbedderUnderTest>,
  { timeoutMs = 30_000, closer }: EmbedderContractOptions = {},
): void {
  describe(`embedder ${name}`, { timeout: timeoutMs }, () => {
    const made: EmbedderUnderTest[] = []
    const shared = (): EmbedderUnderTest => {
      const [first] = made
      if (!first) throw new Error('there is no embedder')
      return first
    }
    const embed = async (texts: readonly string[]): Promise<(Float32Array | null)[]> => {
      const { embedder } = shared()
      return checkVectors(await embedder.embed(texts, 'document', live), texts.length, embedder.dimensions, 'built-in')
    }

    beforeAll(async () => void made.push(await make()), 120_000)
    afterAll(async () => {
      for (const { embedder } of made) await embedder[Symbol.asyncDispose]()
    })

    test('gives one vector of finite numbers for each text, all of one length, which it then tells', async () => {
      const vectors = await embed(TEXTS)
      const { dimensions } = shared().embedder
      expect(dimensions).toBeGreaterThan(0)
      for (const vector of vectors) expect(vector?.length).toBe(dimensions)
    })

    test('gives the same vector for a text in whatever company', async () => {
      const together = await embed(TEXTS)
      for (const [at, text] of TEXTS.entries()) {
        const [alone] = await embed([text])
        expect(cosine(alone, together[at])).toBeGreaterThan(0.9999)
      }
    })

    test('gives different texts different vectors', async () => {
      const vectors = await embed(TEXTS)
      for (const [at, vector] of vectors.entries()) {
        for (const other of vectors.slice(at + 1)) expect(cosine(vector, other)).toBeLessThan(0.9999)
      }
    })

    test('answers calls that overlap, each with its own vectors', async () => {
      const alone = await embed(TEXTS)
      const { embedder } = shared()
      const calls = await Promise.all(TEXTS.map((text) => embedder.embed([text], 'document', live)))
      for (const [at, vectors] of calls.entries()) {
        const [vector] = checkVectors(vectors, 1, embedder.dimensions, 'built-in')
        expect(cosine(vector, alone[at])).toBeGreaterThan(0.9999)
      }
    })

    test('takes no text, as many as it says, and one more than that', async () => {
      expect(await embed([])).toEqual([])
      const { batch } = shared().embedder
      expect(batch).toBeGreaterThan(0)
      const many = Array.from({ length: batch + 1 }, (_, at) => `Memory ${at} is about tea.`)
      expect((await embed(many)).every((vector) => vector !== null)).toBe(true)
    })

    test('takes texts of any language, with anything in them, and very long ones', async () => {
      const odd = ['Überweisung für Zoë', '日本語のテキスト', '👩‍👩‍👧 a family', 'a\u0000b\nc', 'tea '.repeat(1_500)]
      const vectors = await embed(odd)
      expect(vectors).toHaveLength(odd.length)
    })

    test('stops for a signal with its reason, and works on', async () => {
      const { embedder } = shared()
      const reason = new HearthError('cancelled', 'Not wanted any more.', { by: 'caller' })
      await expect(embedder.embed(TEXTS, 'document', AbortSignal.abort(reason))).rejects.toBe(reason)
      const stop = new AbortController()
      const stopped = embedder.embed(TEXTS, 'document', stop.signal)
      const settled = stopped.then(
        () => 'done',
        (error: unknown) => error,
      )
      stop.abort(reason)
      expect(['done', reason]).toContain(await settled)
      expect(await embed(TEXTS)).toHaveLength(TEXTS.length)
    })

    test('takes what is searched for as well as what is searched', async () => {
      const [vector] = await shared().embedder.embed(['when is the train'], 'query', live)
      expect(vector?.length).toBe(shared().embedder.dimensions)
    })

    test.runIf(closer !== undefined)('finds a text in other words closer than one about something else', async () => {
      const { one, near, far } = closer ?? { one: '', near: '', far: '' }
      const [first, second, third] = await embed([one, near, far])
      expect(cosine(first, second)).toBeGreaterThan(cosine(first, third))
    })

    test('once killed says that it is lost, and fails with that', async () => {
      const { embedder, kill } = await make()
      if (!kill) return embedder[Symbol.asyncDispose]()
      await embedder.embed(TEXTS.slice(0, 1), 'document', live)
      const gone = new Promise<void>((resolve) => embedder.lost.addEventListener('abort', () => resolve()))
      const pending = embedder.embed(TEXTS, 'document', live).then(
        () => null,
        (error: unknown) => error,
      )
      kill()
      await gone
      expect(embedder.lost.reason).toMatchObject({ code: 'engine-lost' })
      // What was under way may have been answered in the moment before.
      const caught = await pending
      if (caught !== null) expect(caught).toMatchObject({ code: 'engine-lost' })
      await expect(embedder.embed(TEXTS, 'document', live)).rejects.toMatchObject({ code: 'engine-lost' })
      await embedder[Symbol.asyncDispose]()
    })
  })
}

function cosine(one: ArrayLike<number> | null | undefined, other: ArrayLike<number> | null | undefined): number {
  if (!one || !other) throw new Error('there is no vector')
  let sum = 0
  for (let at = 0; at < one.length; at += 1) sum += (one[at] ?? 0) * (other[at] ?? 0)
  return sum
}
