/**
 * A page's schema as one that is checked in a bounded time, whatever a model makes up for arguments: the validator runs on the
 * kernel's thread, and by itself it would try all ways that patterns and references leave open. What it would try patterns
 * with is a format here, which pattern.ts decides. Imported for schemas that need it.
 */
import { format, type ValidationResult } from '@cfworker/json-schema'
import type { JsonSchema, JsonValue } from '../../abi/index.ts'
import { FORMATTED_UNITS, NAME_COMPARED_UNITS, PATTERNS_KNOWN, SCHEMA_STEPS, UNIQUE_ITEMS } from './param.ts'
import { allowSteps, compilePattern, TooManySteps } from './pattern.ts'
import { programOf, UnusablePattern } from './pattern-program.ts'

/** Keywords whose values are data and no schemas. */
const DATA = new Set(['const', 'enum', 'default', 'examples'])

/** A format of the validator's own that JSON Schema does not have: it takes ages over what is nearly an address. */
const SLOW_FORMAT = 'url'

/** Formats that were made here. The validator finds formats by name in one table. */
const made = new Set<string>()

/** A schema as it is to be checked, and what is done around each check. */
export type Guard = (schema: JsonSchema) => {
  readonly schema: JsonSchema
  readonly bounded: (value: JsonValue, check: () => ValidationResult) => ValidationResult
}

/** How a pattern is told from the validator's own formats. */
const PATTERN = 'pattern '

/** @throws UnusablePattern */
export const guarded: Guard = (schema) => {
  // Reading the schema takes some, too.
  let left = 4 * SCHEMA_STEPS
  const most = { items: Infinity, name: Infinity }
  const step = (): undefined => {
    if ((left -= 1) < 0) throw new TooManySteps()
  }

  function guard(value: JsonValue): JsonValue {
    if (Array.isArray(value)) return value.map(guard)
    if (typeof value !== 'object' || value === null) return value
    const parts = Object.entries(value).map(([key, part]) => [key, DATA.has(key) ? part : guard(part)] as const)
    const copy = bound(Object.fromEntries(parts))
    // A keyword of an older draft that the validator looks at wherever it compares something.
    Object.defineProperty(copy, '$recursiveRef', { get: step })
    return copy
  }

  /** A property that is named like a keyword has a schema, never a text or `true` where these are meant. */
  function bound({ pattern, ...part }: Record<string, JsonValue>): Record<string, JsonValue> {
    const { format: named, uniqueItems, patternProperties } = part
    if (uniqueItems === true) most.items = UNIQUE_ITEMS
    for (const name of Object.keys(Object(patternProperties) as object)) {
      most.name = NAME_COMPARED_UNITS
      if (!programOf(name).plain)
        throw new UnusablePattern(`the pattern ${name} is too involved for names of properties.`)
    }
    if (named === SLOW_FORMAT) delete part['format']
    else if (typeof named === 'string' && Object.hasOwn(format, named)) part['format'] = shortFormat(named)
    if (typeof pattern !== 'string') return pattern === undefined ? part : { ...part, pattern }
    const matches = { format: patternFormat(pattern) }
    if (part['format'] === undefined) return { ...part, ...matches }
    return { ...part, allOf: [...(Array.isArray(part['allOf']) ? part['allOf'] : []), matches] }
  }

  return {
    schema: guard(schema) as JsonSchema,
    bounded(value, check) {
      try {
        if (isWider(value, most)) throw new TooManySteps()
        left = SCHEMA_STEPS
        allowSteps()
        const { valid, errors } = check()
        return {
          valid,
          errors: errors.map((one) => ({ ...one, error: one.error.replace(`format "${PATTERN}`, `${PATTERN}"`) })),
        }
      } catch {
        // Only the bounds, and a stack that overflows, throw in there.
        const error = 'They are too long or too involved to be checked.'
        return { valid: false, errors: [{ instanceLocation: '', keyword: '', keywordLocation: '', error }] }
      }
    },
  }
}

function patternFormat(source: string): string {
  return makeFormat(PATTERN + source, () => compilePattern(source))
}

function shortFormat(name: string): string {
  const check = format[name]
  return makeFormat(`${name} of at most ${FORMATTED_UNITS} characters`, () => (text) => {
    return text.length <= FORMATTED_UNITS && check?.(text) !== false
  })
}

function makeFormat(name: string, make: () => (text: string) => boolean): string {
  if (made.has(name)) return name
  if (made.size >= PATTERNS_KNOWN)
    throw new UnusablePattern('there are too many patterns; close all tabs of this site.')
  format[name] = make()
  made.add(name)
  return name
}

/** Whether an array in it is longer than may be compared item by item, or a name of a property than with patterns. */
function isWider(value: JsonValue, most: { readonly items: number; readonly name: number }): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.length > most.items || value.some((item) => isWider(item, most))
  return Object.entries(value).some(([name, part]) => name.length > most.name || isWider(part, most))
}
