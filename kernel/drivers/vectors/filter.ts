/** Writes a filter where WebAssembly reads it: the struct of wasm/vectors/assembly/filter.ts. */
import type { VectorFilter } from '../../core/memory/vector-index.ts'
import type { Instance } from './instance.ts'

const FLAGS = { owners: 1, scopes: 2, kinds: 4, labels: 8, time: 16, valid: 32 }
const OWNERS_AT = 40
const LIST_BYTES = 4 + 4 * 64

/** @returns whether anything is filtered at all */
export function writeFilter(instance: Instance, filter: VectorFilter | undefined): boolean {
  if (filter === undefined) return false
  const view = instance.view(instance.call.filterAt(), OWNERS_AT + 2 * LIST_BYTES)
  let flags = 0
  if (filter.owners) flags |= writeList(view, OWNERS_AT, filter.owners, FLAGS.owners)
  if (filter.scopes) flags |= writeList(view, OWNERS_AT + LIST_BYTES, filter.scopes, FLAGS.scopes)
  if (filter.kinds) {
    flags |= FLAGS.kinds
    view.setUint32(4, filter.kinds.reduce((bits, kind) => bits | (1 << kind), 0) >>> 0, true)
  }
  if (filter.allLabels !== undefined || filter.noLabels !== undefined) {
    flags |= FLAGS.labels
    view.setUint32(8, filter.allLabels ?? 0, true)
    view.setUint32(12, filter.noLabels ?? 0, true)
  }
  if (filter.from !== undefined || filter.to !== undefined) {
    flags |= FLAGS.time
    view.setFloat64(16, filter.from ?? -Infinity, true)
    view.setFloat64(24, filter.to ?? Infinity, true)
  }
  if (filter.validAt !== undefined) {
    flags |= FLAGS.valid
    view.setFloat64(32, filter.validAt, true)
  }
  view.setUint32(0, flags, true)
  return flags !== 0
}

function writeList(view: DataView, at: number, values: readonly number[], flag: number): number {
  view.setUint32(at, values.length, true)
  for (const [index, value] of values.entries()) view.setUint32(at + 4 + 4 * index, value, true)
  return flag
}
