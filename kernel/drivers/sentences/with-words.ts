/**
 * The file that is shipped has the embeddings of the special tokens only: those of words are the word vectors, each as long as
 * its word counts, which are there anyway and are three times as large as everything else.
 */
import type { WordVectors } from '../../core/memory/search/word-vectors.ts'
import { damaged, HEADER_BYTES, readShape, WORDS_AT } from './shape.ts'

/**
 * @param bytes a whole file of weights without words
 * @returns the same with words, as the encoder takes it
 * @throws HearthError `bad-model` when it is damaged, or was made for other words
 */
export function withWords(
  bytes: Uint8Array,
  words: Pick<WordVectors, 'size' | 'dimensions' | 'embeddings'>,
): Uint8Array {
  const shape = readShape(bytes)
  if (shape.words !== 0 || shape.wordWidth !== words.dimensions) throw damaged('it was made for other words')
  const { scales, codes } = words.embeddings()
  const codesAt = HEADER_BYTES + 4 * shape.entries
  const parts = [
    bytes.subarray(0, HEADER_BYTES),
    new Uint8Array(scales.buffer, scales.byteOffset, scales.byteLength),
    bytes.subarray(HEADER_BYTES, codesAt),
    new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength),
    bytes.subarray(codesAt),
  ]
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  new DataView(whole.buffer).setUint32(WORDS_AT, words.size, true)
  return whole
}
