/** What callers give, checked before anything is done with it; both vector drivers use it. */
import { HearthError } from '../../abi/index.ts'
import type { VectorAttributes, VectorChange, VectorFilter } from '../../core/memory/vector-index.ts'
import { VECTOR_RESULTS, VECTORS_PER_CHANGE } from '../../core/memory/param.ts'

const MAX_ID = 2 ** 32 - 1
const KINDS = 32
const LIST_VALUES = 64

/** Attributes of a vector that was given none. */
export const DEFAULT_ATTRIBUTES: VectorAttributes = {
  owner: 0,
  scope: 0,
  kind: 0,
  labels: 0,
  time: 0,
  until: Infinity,
}

/** What is wrong with `dimensions` numbers, or null. */
export function problemOf(vector: ArrayLike<number>, dimensions: number, cosine: boolean): string | null {
  if (vector.length !== dimensions) return wrongLength(vector.length, dimensions)
  let squares = 0
  for (let index = 0; index < dimensions; index++) {
    const value = Math.fround(vector[index] ?? NaN)
    squares += value * value
  }
  if (!(squares < MAX_SQUARES)) return NOT_FINITE
  return cosine && squares < MIN_SQUARES ? NO_DIRECTION : null
}

/** As in wasm/vectors/assembly/quantise.ts: the largest float32, and what is zero in it. */
const MAX_SQUARES = 3.4028234663852886e38
const MIN_SQUARES = 1e-60

export const NOT_FINITE = 'holds NaN, infinity or numbers too large for float32; embed the text again'
export const NO_DIRECTION = 'is all zeros, which has no direction; leave it out'

export function wrongLength(length: number, dimensions: number): string {
  return `has ${length} numbers where this index has ${dimensions}; use the embedding model the index was made for`
}

export function refuse(path: string, message: string): HearthError<'bad-request'> {
  return new HearthError('bad-request', `${path} ${message}. Nothing was changed.`, { issues: [{ path, message }] })
}

const isWord = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= MAX_ID

/** Everything about a change but its vectors. */
export function checkChange(change: VectorChange): void {
  const { add = [], update = [], remove = [] } = change
  const count = add.length + update.length + remove.length
  if (count > VECTORS_PER_CHANGE)
    throw refuse('change', `has ${count} vectors; give at most ${VECTORS_PER_CHANGE} at once`)
  const seen = new Set<number>()
  const once = (id: number, path: string): void => {
    if (!isWord(id)) throw refuse(`${path}.id`, `is ${id}; give a whole number from 0 to ${MAX_ID}`)
    if (seen.has(id)) throw refuse(`${path}.id`, `${id} is in the change twice; give it once`)
    seen.add(id)
  }
  for (const [index, { id, attributes }] of add.entries()) {
    once(id, `add.${index}`)
    if (attributes) checkAttributes(attributes, `add.${index}.attributes`)
  }
  for (const [index, { id, attributes }] of update.entries()) {
    once(id, `update.${index}`)
    if (attributes) checkAttributes(attributes, `update.${index}.attributes`)
  }
  for (const [index, id] of remove.entries()) once(id, `remove.${index}`)
}

function checkAttributes(given: Partial<VectorAttributes>, path: string): void {
  for (const name of ['owner', 'scope', 'labels'] as const) {
    const value = given[name]
    if (value !== undefined && !isWord(value)) {
      throw refuse(`${path}.${name}`, `is ${value}; give a whole number from 0 to ${MAX_ID}`)
    }
  }
  const { kind, time, until } = given
  if (kind !== undefined && !(Number.isInteger(kind) && kind >= 0 && kind < KINDS)) {
    throw refuse(`${path}.kind`, `is ${kind}; give a whole number from 0 to ${KINDS - 1}`)
  }
  if (time !== undefined && !Number.isFinite(time)) throw refuse(`${path}.time`, 'is no time; give milliseconds')
  if (until !== undefined && Number.isNaN(until)) throw refuse(`${path}.until`, 'is no time; give milliseconds')
}

export function checkSearch(k: number, filter: VectorFilter | undefined, width: number | undefined): void {
  if (!Number.isInteger(k) || k < 1 || k > VECTOR_RESULTS) throw refuse('k', `is ${k}; give 1 to ${VECTOR_RESULTS}`)
  if (width !== undefined && !(Number.isInteger(width) && width >= 1 && width <= VECTOR_RESULTS)) {
    throw refuse('width', `is ${width}; give 1 to ${VECTOR_RESULTS}`)
  }
  if (filter === undefined) return
  for (const name of ['owners', 'scopes', 'kinds'] as const) {
    const list = filter[name]
    if (list === undefined) continue
    if (list.length > LIST_VALUES)
      throw refuse(`filter.${name}`, `has ${list.length} values; give at most ${LIST_VALUES}`)
    if (!list.every(isWord)) throw refuse(`filter.${name}`, 'holds something else than 32-bit numbers')
  }
  if (filter.kinds?.some((kind) => kind >= KINDS) === true) throw refuse('filter.kinds', `go up to ${KINDS - 1}`)
  for (const name of ['allLabels', 'noLabels'] as const) {
    const bits = filter[name]
    if (bits !== undefined && !isWord(bits)) throw refuse(`filter.${name}`, 'is no 32-bit number')
  }
  for (const name of ['from', 'to', 'validAt'] as const) {
    if (Number.isNaN(filter[name] ?? 0)) throw refuse(`filter.${name}`, 'is no time; give milliseconds')
  }
}
