/**
 * Bounds what a caller can make the kernel walk. Runs before any schema does: a schema visits every element and reports
 * every fault, so a million wrong elements would cost a second. Also refuses cycles, which structured clone carries and
 * which no schema survives.
 */
import { ARGS_DEPTH, ARGS_NODES, ARGS_UNITS } from './param.ts'

interface Walk {
  nodes: number
  units: number
}

/** Returns what is too large about `value`, for a person, or undefined when it is small enough to check. */
export function oversize(value: unknown): string | undefined {
  return visit(value, 0, { nodes: 0, units: 0 })
}

function visit(value: unknown, depth: number, walk: Walk): string | undefined {
  if (typeof value === 'string') return spend(walk, value.length)
  if (typeof value !== 'object' || value === null) return undefined
  if (depth >= ARGS_DEPTH) return `nested more than ${ARGS_DEPTH} levels deep`
  // Length first: a sparse array of 4 billion elements is a few bytes on the wire.
  if (Array.isArray(value)) {
    if ((walk.nodes += value.length + 1) > ARGS_NODES) return `more than ${ARGS_NODES} values`
    for (const item of value) {
      const fault = visit(item, depth + 1, walk)
      if (fault !== undefined) return fault
    }
    return undefined
  }
  // Anything else than plain data is opaque: a schema that does not ask for it refuses it without looking inside.
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined
  const record = value as Record<string, unknown>
  for (const key of Object.keys(record)) {
    if (++walk.nodes > ARGS_NODES) return `more than ${ARGS_NODES} values`
    const fault = spend(walk, key.length) ?? visit(record[key], depth + 1, walk)
    if (fault !== undefined) return fault
  }
  return undefined
}

function spend(walk: Walk, units: number): string | undefined {
  walk.units += units
  return walk.units > ARGS_UNITS ? `more than ${ARGS_UNITS} characters of text` : undefined
}
