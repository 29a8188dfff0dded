/** Sizes of pages in the measure of one model: what it wrote itself it has counted, the rest is guessed by its rate. Pure. */
import type { PageRecord } from '../storage/records.ts'
import type { Extent } from './estimate.ts'

export function extentOfPage({ items, bytes, counted }: PageRecord, model: string | null): Extent {
  if (counted?.model !== model) return { items, bytes, counted: 0 }
  return { items, bytes: bytes - counted.bytes, counted: counted.tokens }
}

export function sumOf(extents: readonly Extent[]): Extent {
  const sum = { items: 0, bytes: 0, counted: 0 }
  for (const { items, bytes, counted } of extents) {
    sum.items += items
    sum.bytes += bytes
    sum.counted += counted
  }
  return sum
}
