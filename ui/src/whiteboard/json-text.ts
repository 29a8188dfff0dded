/** Values as a person reads and writes them. Pure. */
import type { JsonValue } from '../../../sdk/index.ts'

/** Short values on one line, others indented. */
export function readable(value: JsonValue): string {
  // Strings have their line breaks escaped: those that are there are the layout's.
  const line = JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ')
  return line.length <= 60 ? line : JSON.stringify(value, null, 2)
}

export type Parsed = { ok: true; value: JsonValue } | { ok: false; problem: string }

/** @returns the value, or what is wrong with the text and where. */
export function parseJson(text: string): Parsed {
  try {
    return { ok: true, value: JSON.parse(text) as JsonValue }
  } catch (error) {
    if (text.trim() === '')
      return { ok: false, problem: 'Write a value: a number, true, null, "text", a list or an object.' }
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
    const line =
      at === undefined ? '' : ` It stops making sense on line ${text.slice(0, Number(at)).split('\n').length}.`
    return { ok: false, problem: `This is not JSON.${line}` }
  }
}

/** What a key or a namespace may not be; an empty string when it may. */
export function nameProblem(text: string, what: 'namespace' | 'key'): string {
  if (text.trim() === '') return `Give the ${what} a name.`
  const part = /^[\p{L}\p{N}._-]+$/u
  const parts = what === 'key' ? text.split('/') : [text]
  if (parts.every((one) => part.test(one))) return ''
  return what === 'key'
    ? 'Letters, digits and . _ - only; parts are joined by a slash, as in db/main.'
    : 'Letters, digits and . _ - only, without spaces or slashes.'
}
