/**
 * A text as the tokens that the sentence encoder takes: all its words in order, the small ones too, as places in the vocabulary
 * of the word vectors; and what is no word of it, as one of three special tokens after them. Must stay the same as where the
 * encoder was trained (wasm/sentences): what it is given otherwise it was never taught. Pure.
 */
import { plain } from '../memory/search/words.ts'
import type { WordVectors } from '../memory/search/word-vectors.ts'

/** Places of the special tokens, counted from the end of the vocabulary. */
const UNKNOWN = 0
const NUMBER = 1
const QUESTION_MARK = 2

const TOKEN = /[\p{L}\p{N}]+|\?/gu
const DIGIT = /\p{Nd}/u

/** What is looked up: WordVectors, whose words the encoder was made with. */
export type Vocabulary = Pick<WordVectors, 'size' | 'placeOf' | 'exactPlaceOf'>

/** @returns tokens in order; empty for a text without a word, a number or a question mark */
export function tokensOf(text: string, vocabulary: Vocabulary): number[] {
  const { size } = vocabulary
  return Array.from(plain(text).matchAll(TOKEN), ([token]) => {
    if (token === '?') return size + QUESTION_MARK
    // What has a digit in it has no base form: "3s" is not "3".
    if (DIGIT.test(token)) return vocabulary.exactPlaceOf(token) ?? size + NUMBER
    return vocabulary.placeOf(token) ?? size + UNKNOWN
  })
}
