/** A record as JSON gave it, before any schema sees it. */
import { RECORD_DEPTH } from './param.ts'

/**
 * Takes `__proto__` off every object in it, which JSON makes an ordinary property of and `Object.assign` would not. False when it
 * is nested so deep that a schema would overflow the stack.
 */
export function makePlain(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth > RECORD_DEPTH) return false
  if (Array.isArray(value)) return value.every((item) => makePlain(item, depth + 1))
  const record = value as Record<string, unknown>
  for (const key of Object.keys(record)) {
    if (key === '__proto__') Reflect.deleteProperty(record, key)
    else if (!makePlain(record[key], depth + 1)) return false
  }
  return true
}
