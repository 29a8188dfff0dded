/** The built-in embedder: needs no model, no engine and no download beyond its own file. */
import type { WordVectors } from '../memory/search/word-vectors.ts'
import type { Embedder } from './embedder.ts'
import { WORDS_BATCH } from './param.ts'

export function wordsEmbedder(words: WordVectors): Embedder {
  return {
    dimensions: words.dimensions,
    immediate: true,
    batch: WORDS_BATCH,
    lost: new AbortController().signal,
    async embed(texts, _purpose, signal) {
      signal.throwIfAborted()
      return texts.map((text) => words.embed(text))
    },
    [Symbol.asyncDispose]: async () => {},
  }
}
