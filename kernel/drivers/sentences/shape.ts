/** The header of a file of sentence encoder weights; wasm/sentences/README.md describes the format. */
import { HearthError } from '../../abi/index.ts'

export interface Shape {
  /** 0 in the file that is shipped (with-words.ts). */
  readonly words: number
  /** Words and special tokens. */
  readonly entries: number
  /** Numbers of an embedding. */
  readonly wordWidth: number
  /** Numbers of a token's state. */
  readonly width: number
  readonly layers: number
  readonly heads: number
  /** Numbers of a token inside the feed-forward network. */
  readonly inner: number
  readonly positions: number
  readonly outputs: number
}

const MAGIC = 'HSE1'
const FIELDS = 9
export const HEADER_BYTES = MAGIC.length + 4 * FIELDS
/** Where the header says how many words there are. */
export const WORDS_AT = MAGIC.length

/** What all widths are multiples of, and what the width of a head is. */
const WIDTH_STEP = 16
const HEAD_STEP = 4

/** @throws HearthError `bad-model` when the bytes are not a whole file. */
export function readShape(bytes: Uint8Array): Shape {
  if (bytes.length < HEADER_BYTES || String.fromCharCode(...bytes.subarray(0, MAGIC.length)) !== MAGIC) {
    throw damaged('no header')
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES)
  const field = (index: number): number => view.getUint32(MAGIC.length + 4 * index, true)
  const shape: Shape = {
    words: field(0),
    entries: field(0) + field(1),
    wordWidth: field(2),
    width: field(3),
    layers: field(4),
    heads: field(5),
    inner: field(6),
    positions: field(7),
    outputs: field(8),
  }
  const { words: _, ...sizes } = shape
  if (Object.values(sizes).includes(0)) throw damaged('its header says nothing')
  if ([shape.wordWidth, shape.width, shape.inner, shape.outputs].some((width) => width % WIDTH_STEP !== 0)) {
    throw damaged('its header gives a width that is none')
  }
  if (shape.width % (shape.heads * HEAD_STEP) !== 0) throw damaged('its header gives heads of no width')
  // Beyond 2^53 a product is not exact, and equal to no length.
  if (bytes.length !== HEADER_BYTES + bytesOf(shape)) throw damaged('cut short or too long')
  return shape
}

/** What follows the header. */
function bytesOf({ entries, wordWidth, width, layers, inner, positions, outputs }: Shape): number {
  const floats = (count: number): number => 4 * count
  const matrix = (rows: number, columns: number): number => floats(rows) + rows * columns
  const attention = floats(width) + matrix(3 * width, width) + matrix(width, width)
  const network = floats(width) + matrix(inner, width) + floats(inner) + matrix(width, inner) + floats(width)
  const inward = width === wordWidth ? 0 : matrix(width, wordWidth)
  const outward = matrix(outputs, width)
  return matrix(entries, wordWidth) + inward + floats(positions * width) + layers * (attention + network) + outward
}

export function damaged(reason: string): HearthError<'bad-model'> {
  const message =
    'The file of the sentence encoder is damaged, so memory is searched by words alone. Reload the page to fetch it again.'
  return new HearthError('bad-model', message, { model: 'built-in', reason })
}
