/** Principal components of vectors that stand one after the other in one array. All in place or into a new array, none random. */
import { eigen, gram } from './svd.mjs'

/** Brings each vector to length one. */
export function normalise(vectors, dimensions) {
  for (let at = 0; at < vectors.length; at += dimensions) {
    let square = 0
    for (let k = 0; k < dimensions; k++) square += vectors[at + k] ** 2
    const scale = 1 / (Math.sqrt(square) || 1)
    for (let k = 0; k < dimensions; k++) vectors[at + k] *= scale
  }
}

/**
 * Takes away what all vectors have in common, which says how common a word is and nothing of what it means: their mean and
 * their first components (Mu and Viswanath, "All-but-the-Top: Simple and Effective Postprocessing for Word Representations", 2018).
 */
export function removeTop(vectors, dimensions, most) {
  const count = vectors.length / dimensions
  for (let k = 0; k < dimensions; k++) {
    let mean = 0
    for (let at = k; at < vectors.length; at += dimensions) mean += vectors[at] / count
    for (let at = k; at < vectors.length; at += dimensions) vectors[at] -= mean
  }
  for (const axis of axesOf(vectors, dimensions).slice(0, most)) {
    for (let at = 0; at < vectors.length; at += dimensions) {
      const along = dotAt(vectors, at, axis.direction)
      for (let k = 0; k < dimensions; k++) vectors[at + k] -= along * axis.direction[k]
    }
  }
}

/** @returns {Float32Array} the vectors along their `kept` first components */
export function reduce(vectors, dimensions, kept) {
  const axes = axesOf(vectors, dimensions).slice(0, kept)
  const reduced = new Float32Array((vectors.length / dimensions) * kept)
  for (let at = 0, to = 0; at < vectors.length; at += dimensions, to += kept) {
    for (const [k, { direction }] of axes.entries()) reduced[to + k] = dotAt(vectors, at, direction)
  }
  return reduced
}

/** Directions in which the vectors spread, widest first. */
function axesOf(vectors, dimensions) {
  const { values, vectors: columns } = eigen(gram(vectors, vectors.length / dimensions, dimensions), dimensions)
  return [...values.keys()]
    .sort((one, other) => values[other] - values[one])
    .map((at) => ({ direction: Float64Array.from({ length: dimensions }, (_, k) => columns[k * dimensions + at]) }))
}

function dotAt(vectors, at, direction) {
  let sum = 0
  for (let k = 0; k < direction.length; k++) sum += vectors[at + k] * direction[k]
  return sum
}
