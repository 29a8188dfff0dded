/** The key-value part of a GGUF header. Keeps only what Hearth reads; vocabularies are passed over. */
import { FormatError, KEY_BYTES, type GgufBytes } from './gguf-bytes.ts'

/** Most entries believed; known files have some dozens. */
const ENTRIES = 65_536

/** Per-layer lists of numbers are kept up to this length; no model has as many layers. */
const LIST_LENGTH = 4_096

const TEXT = 8
const ARRAY = 9

/** Bytes of each fixed-size value type, by its number in the format. */
const VALUE_BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
}

type Value = string | number | { length: number; numbers: readonly number[] | null } | null

export class Metadata {
  readonly #values: ReadonlyMap<string, Value>

  constructor(values: ReadonlyMap<string, Value>) {
    this.#values = values
  }

  has(key: string): boolean {
    return this.#values.has(key)
  }

  text(key: string): string | null {
    const value = this.#values.get(key)
    return typeof value === 'string' ? value : null
  }

  number(key: string): number | null {
    const value = this.#values.get(key)
    return typeof value === 'number' ? value : null
  }

  /** A whole number above 0, or the largest of a list; null when it is absent or anything else. */
  positive(key: string): number | null {
    const value = this.#values.get(key)
    const number = typeof value === 'object' && value?.numbers ? Math.max(0, ...value.numbers) : value
    return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : null
  }

  /** Sum of a list of numbers; null when the key is no such list. */
  sum(key: string): number | null {
    const value = this.#values.get(key)
    if (typeof value !== 'object' || !value?.numbers) return null
    const sum = value.numbers.reduce((total, one) => total + Math.max(0, one), 0)
    return Number.isSafeInteger(sum) ? sum : null
  }

  /** Length of a list. */
  length(key: string): number | null {
    const value = this.#values.get(key)
    return typeof value === 'object' && value ? value.length : null
  }
}

export async function readMetadata(file: GgufBytes, count: number): Promise<Metadata> {
  if (count > ENTRIES) throw new FormatError(`it announces ${count} metadata entries`)
  const values = new Map<string, Value>()
  for (let left = count; left > 0; left -= 1) {
    const key = await file.text(KEY_BYTES)
    if (values.has(key)) throw new FormatError(`it says “${key.slice(0, 64)}” twice`)
    values.set(key, await readValue(file, await file.u32()))
  }
  return new Metadata(values)
}

async function readValue(file: GgufBytes, type: number): Promise<Value> {
  if (type === TEXT) return file.shortText()
  if (type !== ARRAY) return readNumber(file, type)
  const inner = await file.u32()
  if (inner === ARRAY) throw new FormatError('it holds lists within lists')
  if (inner === TEXT) {
    const length = await file.count(8, 'texts in a list')
    await file.skipTexts(length)
    return { length, numbers: null }
  }
  const size = VALUE_BYTES[inner]
  if (size === undefined) throw new FormatError(`it holds a value of unknown type ${inner}`)
  const length = await file.count(size, 'numbers in a list')
  if (length > LIST_LENGTH) {
    await file.skip(length * size)
    return { length, numbers: null }
  }
  const numbers: number[] = []
  for (let left = length; left > 0; left -= 1) numbers.push(await readNumber(file, inner))
  return { length, numbers }
}

async function readNumber(file: GgufBytes, type: number): Promise<number> {
  switch (type) {
    case 0:
    case 7:
      return file.u8()
    case 1:
      return file.number('i8')
    case 2:
      return file.number('u16')
    case 3:
      return file.number('i16')
    case 4:
      return file.u32()
    case 5:
      return file.number('i32')
    case 6:
      return file.number('f32')
    case 10:
      return file.u64()
    case 11:
      return file.number('i64')
    case 12:
      return file.number('f64')
    default:
      throw new FormatError(`it holds a value of unknown type ${type}`)
  }
}
