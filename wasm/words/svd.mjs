/** Truncated singular value decomposition of a sparse matrix by randomised subspace iteration. */

/** Dimensions beyond those kept, and passes over the matrix: with these the last dimension kept is accurate. */
const SPARE = 16
const PASSES = 3

/** Sweeps of Jacobi's method over the small matrix. */
const SWEEPS = 12

/**
 * @param {[number, number][][]} rows sparse rows: [column, value]
 * @param {number} columns
 * @param {number} kept dimensions of the result
 * @param {number} spread power of the singular values
 * @returns {Float32Array} `columns` × `kept`: right singular vectors times singular values to that power, by rows
 */
export function decompose(rows, columns, kept, spread) {
  const width = kept + SPARE
  let seed = 12_345
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return seed / 2 ** 32 - 0.5
  }
  const basis = new Float32Array(columns * width).map(random)
  const image = new Float32Array(rows.length * width)
  for (let pass = 0; pass < PASSES; pass++) {
    multiply(rows, basis, image, width)
    multiplyTransposed(rows, image, basis, width)
    orthonormalise(basis, columns, width)
  }
  multiply(rows, basis, image, width)
  const { values, vectors } = eigen(gram(image, rows.length, width), width)
  const order = [...values.keys()].sort((one, other) => values[other] - values[one]).slice(0, kept)
  const result = new Float32Array(columns * kept)
  for (let at = 0; at < columns; at++) {
    for (const [k, column] of order.entries()) {
      let sum = 0
      for (let c = 0; c < width; c++) sum += basis[at * width + c] * vectors[c * width + column]
      result[at * kept + k] = sum * Math.sqrt(Math.max(0, values[column])) ** spread
    }
  }
  return result
}

function multiply(rows, from, to, width) {
  to.fill(0)
  for (const [row, cells] of rows.entries()) {
    for (const [column, value] of cells) {
      for (let c = 0; c < width; c++) to[row * width + c] += value * from[column * width + c]
    }
  }
}

function multiplyTransposed(rows, from, to, width) {
  to.fill(0)
  for (const [row, cells] of rows.entries()) {
    for (const [column, value] of cells) {
      for (let c = 0; c < width; c++) to[column * width + c] += value * from[row * width + c]
    }
  }
}

/** Modified Gram-Schmidt over the columns. */
function orthonormalise(matrix, height, width) {
  for (let column = 0; column < width; column++) {
    for (let before = 0; before < column; before++) {
      let dot = 0
      for (let at = 0; at < height * width; at += width) dot += matrix[at + column] * matrix[at + before]
      for (let at = 0; at < height * width; at += width) matrix[at + column] -= dot * matrix[at + before]
    }
    let square = 0
    for (let at = 0; at < height * width; at += width) square += matrix[at + column] ** 2
    const scale = 1 / (Math.sqrt(square) || 1)
    for (let at = 0; at < height * width; at += width) matrix[at + column] *= scale
  }
}

/** Of the columns of a matrix, each with each. */
export function gram(matrix, height, width) {
  const product = new Float64Array(width * width)
  for (let at = 0; at < height * width; at += width) {
    for (let a = 0; a < width; a++) {
      for (let b = a; b < width; b++) product[a * width + b] += matrix[at + a] * matrix[at + b]
    }
  }
  for (let a = 0; a < width; a++) for (let b = 0; b < a; b++) product[a * width + b] = product[b * width + a]
  return product
}

/** Eigenvalues and eigenvectors (as columns) of a symmetric matrix, by Jacobi's method. */
export function eigen(matrix, size) {
  const vectors = new Float64Array(size * size)
  for (let at = 0; at < size; at++) vectors[at * size + at] = 1
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
        rotate(vectors, p, q, 1, size, cosine, tangent * cosine)
      }
    }
  }
  return { values: Float64Array.from({ length: size }, (_, at) => matrix[at * size + at]), vectors }
}

/** Turns lines `p` and `q` (rows when `across` is the row length, columns when it is 1) into each other. */
function rotate(matrix, p, q, across, along, cosine, sine) {
  const size = Math.max(across, along)
  for (let at = 0; at < size; at++) {
    const one = matrix[p * across + at * along]
    const other = matrix[q * across + at * along]
    matrix[p * across + at * along] = cosine * one - sine * other
    matrix[q * across + at * along] = sine * one + cosine * other
  }
}
