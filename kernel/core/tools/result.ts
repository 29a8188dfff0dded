/** Keeps a tool's result within bounds: what is cut is said, so that neither a person nor a model takes it for whole. */
import type { JsonValue } from '../../abi/index.ts'

/** The value itself when its JSON has at most `units` UTF-16 units, otherwise the beginning of it as text. */
export function boundResult(value: JsonValue, units: number): JsonValue {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (text.length <= units) return value
  return `${cutText(text, units)}\n[cut: the first ${units} of ${text.length} characters]`
}

/** At most `units` UTF-16 units, never half a surrogate pair. */
export function cutText(text: string, units: number): string {
  const last = text.charCodeAt(units - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? units - 1 : units)
}
