/** The built-in embedder: needs no model, no engine and no download beyond its own file. */
import { toldIn } from '../memory/search/question.ts'
import type { WordVectors } from '../memory/search/word-vectors.ts'
import type { Embedder } from './embedder.ts'
import { WORDS_BATCH } from './param.ts'

export function wordsEmbedder(words: WordVectors): Embedder {
  return {
    dimensions: words.dimensions,
    immediate: true,
    batch: WORDS_BATCH,
    lost: new AbortController().signal,
    async embed(texts, purpose, signal) {
      signal.throwIfAborted()
      return texts.map((text) => words.embed(purpose === 'document' ? toldIn(text) || text : text))
    },
    [Symbol.asyncDispose]: async () => {},
  }
}
