/** What one search compares with: the query, and the results it gathers. */
import { allocate } from '../../shared/memory'
import { offer, similarityOf, sortDescending } from './heap'
import { FINE, quantiseQuery, takeFloats } from './quantise'
import { floatStride, stride } from './rows'

/** Results that one search gathers at most, and so the largest `k` and the widest walk. */
export const RESULTS: u32 = 2048

/** The query as the host wrote it, as float32 (at length 1 for cosine), and as int16 with its scale. */
export let input: usize = 0
export let floats: usize = 0
export let query: usize = 0
export let queryScale: f32 = 0

/** The heap of results. */
export let results: usize = 0
export let resultCount: u32 = 0
/** Where ids and similarities are put for the host, best first. */
export let found: usize = 0

export function setUpQuery(): bool {
  input = allocate(stride << 2)
  floats = allocate(stride << 2)
  query = allocate(stride << 1)
  results = allocate(RESULTS << 3)
  found = allocate(RESULTS << 3)
  return found !== 0
}

/** Reads the query that stands at `input`. @returns as `takeFloats` */
export function takeQuery(): i32 {
  const state = takeFloats(input, floats)
  if (state === FINE) queryScale = quantiseQuery(floats, query)
  return state
}

export function clearResults(): void {
  resultCount = 0
}

export function offerResult(capacity: u32, key: u64): void {
  resultCount = offer(results, resultCount, capacity, key)
}

/** The least similarity that a result must beat. */
export function leastResult(capacity: u32): f32 {
  return resultCount < capacity ? -Infinity : similarityOf(load<u64>(results))
}

export function setResultCount(count: u32): void {
  resultCount = count
}

/** Makes a list of the heap, best first. */
export function sortResults(): void {
  sortDescending(results, resultCount)
}

/** Whether vectors are kept as float32 too. */
export function hasFloats(): bool {
  return floatStride !== 0
}
