/** Principal components of vectors that stand one after the other in one array. Nothing random in it. */

/** Sweeps of Jacobi's method over the matrix: after these nothing moves any more. */
const SWEEPS = 12

/** Brings each vector to length one, in place. */
export function normalise(vectors, dimensions) {
  for (let at = 0; at < vectors.length; at += dimensions) {
    let square = 0
    for (let k = 0; k < dimensions; k++) square += vectors[at + k] ** 2
    const scale = 1 / (Math.sqrt(square) || 1)
    for (let k = 0; k < dimensions; k++) vectors[at + k] *= scale
  }
}

/** Takes the mean of all vectors from each. @returns {Float32Array} new ones */
export function centred(vectors, dimensions) {
  const mean = new Float64Array(dimensions)
  const count = vectors.length / dimensions
  for (let at = 0; at < vectors.length; at++) mean[at % dimensions] += vectors[at] / count
  return Float32Array.from(vectors, (value, at) => value - mean[at % dimensions])
}

/** @returns {Float64Array[]} the directions in which the vectors spread, widest first, `kept` of them */
export function axesOf(vectors, dimensions, kept) {
  const { values, columns } = eigen(gram(vectors, dimensions), dimensions)
  return [...values.keys()]
    .sort((one, other) => values[other] - values[one])
    .slice(0, kept)
    .map((at) => Float64Array.from({ length: dimensions }, (_, k) => columns[k * dimensions + at]))
}

/** @returns {Float32Array} each vector along the axes */
export function along(axes, vectors, dimensions) {
  const result = new Float32Array((vectors.length / dimensions) * axes.length)
  for (let at = 0, to = 0; at < vectors.length; at += dimensions, to += axes.length) {
    for (const [k, axis] of axes.entries()) {
      let sum = 0
      for (let j = 0; j < dimensions; j++) sum += vectors[at + j] * axis[j]
      result[to + k] = sum
    }
  }
  return result
}

/** Of the columns of a matrix, each with each. */
function gram(matrix, width) {
  const product = new Float64Array(width * width)
  for (let at = 0; at < matrix.length; at += width) {
    for (let a = 0; a < width; a++) {
      for (let b = a; b < width; b++) product[a * width + b] += matrix[at + a] * matrix[at + b]
    }
  }
  for (let a = 0; a < width; a++) for (let b = 0; b < a; b++) product[a * width + b] = product[b * width + a]
  return product
}

/** Eigenvalues and eigenvectors (as columns) of a symmetric matrix, by Jacobi's method. */
function eigen(matrix, size) {
  const columns = new Float64Array(size * size)
  for (let at = 0; at < size; at++) columns[at * size + at] = 1
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        const off = matrix[p * size + q]
        if (Math.abs(off) < 1e-9) continue
        const theta = (matrix[q * size + q] - matrix[p * size + p]) / (2 * off)
        const tangent = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1))
        const cosine = 1 / Math.hypot(tangent, 1)
        rotate(matrix, p, q, size, 1, cosine, tangent * cosine)
        rotate(matrix, p, q, 1, size, cosine, tangent * cosine)
        rotate(columns, p, q, 1, size, cosine, tangent * cosine)
      }
    }
  }
  return { values: Float64Array.from({ length: size }, (_, at) => matrix[at * size + at]), columns }
}

/** Turns lines `p` and `q` (rows when `across` is the row length, columns when it is 1) into each other. */
function rotate(matrix, p, q, across, step, cosine, sine) {
  const size = Math.max(across, step)
  for (let at = 0; at < size; at++) {
    const one = matrix[p * across + at * step]
    const other = matrix[q * across + at * step]
    matrix[p * across + at * step] = cosine * one - sine * other
    matrix[q * across + at * step] = sine * one + cosine * other
  }
}
