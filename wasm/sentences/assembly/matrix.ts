/**
 * Matrices, and the one loop that counts. A matrix comes as int8 rows with a scale each and is unpacked once to float32, in
 * bands of eight rows that stand column by column, so that one load gives what four outputs need of a column. A product goes
 * band by band over four tokens at a time: 32 sums in eight registers, for six loads a column.
 */
import { allocate } from '../../shared/memory'

/** Rows of a band; every matrix has a multiple of them. */
const BAND: u32 = 8

/** Tokens that are computed together; rows of buffers come in multiples of them. */
export const TOGETHER: u32 = 4

/**
 * Unpacks `rows` × `columns` from their scales and codes at `from`.
 * @returns the matrix, or 0 without memory
 */
export function unpack(from: usize, rows: u32, columns: u32): usize {
  const matrix = allocate((<u64>rows * <u64>columns) << 2)
  if (matrix === 0) return 0
  const codes = from + (rows << 2)
  for (let row: u32 = 0; row < rows; row++) {
    const scale = load<f32>(from + (row << 2))
    const line = codes + row * columns
    const band = matrix + (((row / BAND) * columns * BAND + (row % BAND)) << 2)
    for (let column: u32 = 0; column < columns; column++) {
      store<f32>(band + ((column * BAND) << 2), scale * <f32>load<i8>(line + column))
    }
  }
  return matrix
}

/**
 * Adds matrix × input to the output, for `tokens` rows of both, a multiple of `TOGETHER`. Each sum goes through the columns
 * in their order whatever stands beside it, so a token's result does not depend on how many there are.
 */
export function addProduct(matrix: usize, rows: u32, columns: u32, input: usize, output: usize, tokens: u32): void {
  const inputStride = columns << 2
  const outputStride = rows << 2
  const bandBytes = (columns * BAND) << 2
  for (let band: u32 = 0; band < rows; band += BAND) {
    const end = matrix + bandBytes
    for (let token: u32 = 0; token < tokens; token += TOGETHER) {
      let inA = input + token * inputStride
      let inB = inA + inputStride
      let inC = inB + inputStride
      let inD = inC + inputStride
      const outA = output + token * outputStride + (band << 2)
      const outB = outA + outputStride
      const outC = outB + outputStride
      const outD = outC + outputStride
      let lowA = v128.load(outA)
      let highA = v128.load(outA, 16)
      let lowB = v128.load(outB)
      let highB = v128.load(outB, 16)
      let lowC = v128.load(outC)
      let highC = v128.load(outC, 16)
      let lowD = v128.load(outD)
      let highD = v128.load(outD, 16)
      for (let at = matrix; at < end; at += 32) {
        const low = v128.load(at)
        const high = v128.load(at, 16)
        const a = v128.load32_splat(inA)
        lowA = f32x4.add(lowA, f32x4.mul(low, a))
        highA = f32x4.add(highA, f32x4.mul(high, a))
        const b = v128.load32_splat(inB)
        lowB = f32x4.add(lowB, f32x4.mul(low, b))
        highB = f32x4.add(highB, f32x4.mul(high, b))
        const c = v128.load32_splat(inC)
        lowC = f32x4.add(lowC, f32x4.mul(low, c))
        highC = f32x4.add(highC, f32x4.mul(high, c))
        const d = v128.load32_splat(inD)
        lowD = f32x4.add(lowD, f32x4.mul(low, d))
        highD = f32x4.add(highD, f32x4.mul(high, d))
        inA += 4
        inB += 4
        inC += 4
        inD += 4
      }
      v128.store(outA, lowA)
      v128.store(outA, highA, 16)
      v128.store(outB, lowB)
      v128.store(outB, highB, 16)
      v128.store(outC, lowC)
      v128.store(outC, highC, 16)
      v128.store(outD, lowD)
      v128.store(outD, highD, 16)
    }
    matrix = end
  }
}
