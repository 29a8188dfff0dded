/**
 * Sentences as vectors, by a small transformer that is part of Hearth: what an encoder offers, whoever computes it. Texts
 * and their words are not known here: an encoder takes the places of the words in its vocabulary.
 */

/** A loaded encoder. It holds nothing that must be released, computes without waiting and always gives the same vector. */
export interface SentenceEncoder {
  /** Length of a vector. */
  readonly dimensions: number
  /** Words of the vocabulary it was made with; its special tokens have the places from here on. */
  readonly words: number
  /** Most tokens it takes at a time. */
  readonly positions: number
  /**
   * Computes in the calling thread.
   *
   * @param tokens 1 to `positions` places of words or special tokens
   * @returns a new vector of length one
   * @throws HearthError `bad-request` for no or too many tokens and for a place that is none
   */
  encode(tokens: ArrayLike<number>): Float32Array
}
