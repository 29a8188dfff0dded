/**
 * The built-in embedder: a small encoder of sentences that comes with the app, so that it needs no model, no engine and no
 * download. It computes on the kernel's own thread, a millisecond or two for each text, and therefore in slices.
 */
import { HearthError } from '../../abi/index.ts'
import type { Clock } from '../clock.ts'
import { toldIn } from '../memory/search/question.ts'
import { slicesOf } from '../memory/search/slices.ts'
import type { WordVectors } from '../memory/search/word-vectors.ts'
import type { Embedder } from './embedder.ts'
import { BUILT_IN_BATCH, BUILT_IN_PIECES, BUILT_IN_SLICE_MS } from './param.ts'
import type { SentenceEncoder } from './sentence-encoder.ts'
import { tokensOf } from './tokens.ts'

export interface BuiltInParts {
  readonly clock: Clock
  /** Of which only the words are used, not what their vectors are. */
  readonly words: WordVectors
  readonly encoder: SentenceEncoder
}

/** @throws HearthError `bad-model` when the encoder was not made with these words */
export function builtInEmbedder({ clock, words, encoder }: BuiltInParts): Embedder {
  if (encoder.words !== words.size) throw otherWords(encoder.words, words.size)

  /** Null when it knows no word of it: a number or a question mark alone says nothing. */
  function encode(tokens: readonly number[]): Float32Array | null {
    return tokens.some((token) => token < encoder.words) ? encoder.encode(tokens) : null
  }

  return {
    dimensions: encoder.dimensions,
    immediate: true,
    batch: BUILT_IN_BATCH,
    lost: new AbortController().signal,
    async embed(texts, purpose, signal) {
      const pause = slicesOf(clock, BUILT_IN_SLICE_MS)
      const vectors: (Float32Array | null)[] = []
      for (const text of texts) {
        let sum: Float32Array | null = null
        for (const piece of piecesOf(tokensOf(saidIn(text, purpose), words), encoder.positions)) {
          signal.throwIfAborted()
          const vector = encode(piece)
          sum = sum && vector ? sum.map((value, at) => value + (vector[at] ?? 0)) : (sum ?? vector)
          await pause()
        }
        vectors.push(sum)
      }
      signal.throwIfAborted()
      return vectors
    },
    [Symbol.asyncDispose]: async () => {},
  }
}

/** What is remembered is found by what it tells, not by what was asked before that. */
function saidIn(text: string, purpose: 'query' | 'document'): string {
  return purpose === 'document' ? toldIn(text) || text : text
}

/** As few as they fit in, and of about the same length, since each of them counts the same. */
function* piecesOf(tokens: readonly number[], longest: number): Generator<readonly number[]> {
  const pieces = Math.min(BUILT_IN_PIECES, Math.ceil(tokens.length / longest))
  const length = Math.min(tokens.length, pieces * longest) / pieces
  for (let piece = 0; piece < pieces; piece += 1) {
    yield tokens.slice(Math.round(piece * length), Math.round((piece + 1) * length))
  }
}

function otherWords(expected: number, found: number): HearthError<'bad-model'> {
  const message =
    'The built-in embedder and its list of words do not belong together, so memory is searched by words alone. Reload the page to fetch both again.'
  const reason = `made with ${expected} words, and there are ${found}`
  return new HearthError('bad-model', message, { model: 'built-in', reason })
}
