/** Takes forgotten text out of values: what said it, whole or in part, says FORGOTTEN instead. Pure. */
import type { JsonValue } from '../../abi/index.ts'
import { REDACT_WITHIN_UNITS } from './param.ts'

export const FORGOTTEN = '[forgotten]'

/** Replaces in a value; the same value, not a copy, when nothing in it says any of the texts. */
export type Redact = <V>(value: V) => V

/**
 * A text counts where it is all of a string or of a line of one, and anywhere within a string when it is long enough not to be
 * there by chance; also with the escapes of JSON, as it stands in a message that quotes it.
 */
export function redactorOf(texts: readonly string[]): Redact {
  const whole = new Set(texts.map((text) => text.trim()).filter((text) => text !== ''))
  // Longer ones first, so that one which has another in it goes whole.
  const within = [...whole]
    .flatMap((text) => [text, JSON.stringify(text).slice(1, -1)])
    .filter(({ length }) => length >= REDACT_WITHIN_UNITS)
    .sort((left, right) => right.length - left.length)

  function inText(text: string): string {
    if (whole.has(text.trim())) return FORGOTTEN
    const lines = text.split('\n').map((line) => (whole.has(line.trim()) ? FORGOTTEN : line))
    return within.reduce((rest, quote) => rest.replaceAll(quote, FORGOTTEN), lines.join('\n'))
  }

  function inValue(value: JsonValue): JsonValue {
    if (typeof value === 'string') return inText(value)
    if (Array.isArray(value)) {
      const items = value.map(inValue)
      return items.every((item, place) => item === value[place]) ? value : items
    }
    if (value === null || typeof value !== 'object') return value
    const entries = Object.entries(value).map(([key, one]) => [key, inValue(one)] as const)
    return entries.every(([key, one]) => one === value[key]) ? value : Object.fromEntries(entries)
  }
  return (value) => inValue(value as JsonValue) as typeof value
}
