/** The tensor table of a GGUF header: where each tensor's bytes are, and so how long the file must be. */
import { FormatError, type GgufBytes } from './gguf-bytes.ts'

/** Numbers a block and bytes a block of each tensor format, by its number in ggml.h. */
const FORMATS: Readonly<Record<number, readonly [name: string, numbers: number, bytes: number]>> = {
  0: ['F32', 1, 4],
  1: ['F16', 1, 2],
  2: ['Q4_0', 32, 18],
  3: ['Q4_1', 32, 20],
  6: ['Q5_0', 32, 22],
  7: ['Q5_1', 32, 24],
  8: ['Q8_0', 32, 34],
  9: ['Q8_1', 32, 36],
  10: ['Q2_K', 256, 84],
  11: ['Q3_K', 256, 110],
  12: ['Q4_K', 256, 144],
  13: ['Q5_K', 256, 176],
  14: ['Q6_K', 256, 210],
  15: ['Q8_K', 256, 292],
  16: ['IQ2_XXS', 256, 66],
  17: ['IQ2_XS', 256, 74],
  18: ['IQ3_XXS', 256, 98],
  19: ['IQ1_S', 256, 50],
  20: ['IQ4_NL', 32, 18],
  21: ['IQ3_S', 256, 110],
  22: ['IQ2_S', 256, 82],
  23: ['IQ4_XS', 256, 136],
  24: ['I8', 1, 1],
  25: ['I16', 1, 2],
  26: ['I32', 1, 4],
  27: ['I64', 1, 8],
  28: ['F64', 1, 8],
  29: ['IQ1_M', 256, 56],
  30: ['BF16', 1, 2],
  34: ['TQ1_0', 256, 54],
  35: ['TQ2_0', 256, 66],
  39: ['MXFP4', 32, 17],
}

/** ggml's own limits: dimensions a tensor, bytes of a name; and a number above every format it has. */
const DIMENSIONS = 4
const NAME_BYTES = 63
const FORMAT_NUMBERS = 256

/** Most tensors believed; the largest mixtures of experts have some thousands. */
const TENSORS = 65_536

export interface Tensors {
  weightBytes: number
  expectedBytes: number
  quantisation: string
}

/** @param alignment bytes that every tensor's place is a multiple of. */
export async function readTensors(file: GgufBytes, count: number, alignment: number): Promise<Tensors> {
  if (count > TENSORS) throw new FormatError(`it announces ${count} tensors`)
  if (!isPowerOfTwo(alignment)) throw new FormatError(`its alignment is ${alignment} bytes`)
  const names = new Set<string>()
  const byFormat = new Map<string, number>()
  let end = 0
  let weightBytes = 0
  let sizeKnown = true
  for (let left = count; left > 0; left -= 1) {
    const tensor = await readTensor(file)
    if (names.has(tensor.name)) throw new FormatError(`it holds “${tensor.name}” twice`)
    names.add(tensor.name)
    const place = Math.ceil(end / alignment) * alignment
    // Tensors lie one after the other; behind one of unknown size, anywhere further on.
    if (sizeKnown ? tensor.offset !== place : tensor.offset < place || tensor.offset % alignment !== 0) {
      throw new FormatError(`its tensor “${tensor.name}” is not where it should be`)
    }
    sizeKnown = tensor.bytes !== null
    const bytes = tensor.bytes ?? 0
    end = tensor.offset + bytes
    if (end > Number.MAX_SAFE_INTEGER) throw new FormatError('its tensors are larger than any file')
    weightBytes += bytes
    byFormat.set(tensor.format, (byFormat.get(tensor.format) ?? 0) + bytes)
  }
  const dataStart = Math.ceil(file.position / alignment) * alignment
  const [quantisation] = [...byFormat].reduce((most, one) => (one[1] > most[1] ? one : most))
  return { weightBytes, expectedBytes: dataStart + end, quantisation }
}

interface Tensor {
  name: string
  format: string
  /** Place in the data, which begins behind the header. */
  offset: number
  /** Null for formats newer than this table; the engine decides about them. */
  bytes: number | null
}

async function readTensor(file: GgufBytes): Promise<Tensor> {
  const name = await file.text(NAME_BYTES)
  const dimensions = await file.u32()
  if (dimensions > DIMENSIONS) throw new FormatError(`its tensor “${name}” has ${dimensions} dimensions`)
  let numbers = 1
  let row = 1
  for (let index = 0; index < dimensions; index += 1) {
    const length = await file.u64()
    if (index === 0) row = length
    numbers *= length
    if (numbers > Number.MAX_SAFE_INTEGER) throw new FormatError(`its tensor “${name}” is larger than any file`)
  }
  const number = await file.u32()
  const offset = await file.u64()
  if (number >= FORMAT_NUMBERS) throw new FormatError(`its tensor “${name}” is of unknown format ${number}`)
  const format = FORMATS[number]
  if (!format) return { name, format: `format ${number}`, offset, bytes: null }
  const [formatName, blockNumbers, blockBytes] = format
  if (row % blockNumbers !== 0) throw new FormatError(`its tensor “${name}” does not fill its last block`)
  return { name, format: formatName, offset, bytes: (numbers / blockNumbers) * blockBytes }
}

function isPowerOfTwo(number: number): boolean {
  return number <= 2 ** 20 && (number & (number - 1)) === 0
}
