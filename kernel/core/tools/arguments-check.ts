/** A tool's JSON Schema (draft 2020-12) as a check of its arguments. Imported when a tool is first called or offered by a page. */
import { Validator } from '@cfworker/json-schema'
import { HearthError, type JsonSchema, type JsonValue } from '../../abi/index.ts'
import type { Guard } from './guarded-schema.ts'

/** Says what of the arguments does not fit; nothing when all does. */
export type ArgumentsCheck = (value: JsonValue) => { path: string; message: string }[]

const trusting: Guard = (schema) => ({ schema, bounded: (_value, check) => check() })

/**
 * Compiles the check of one tool.
 * @param guard for schemas that are not the kernel's own
 * @throws HearthError `bad-request` when the schema does not describe an object or refers to what is not in it.
 */
export function compileArguments(tool: string, schema: JsonSchema, guard = trusting): ArgumentsCheck {
  const refuse = (reason: string): HearthError =>
    new HearthError('bad-request', `The parameters of the tool "${tool}" are not a usable JSON Schema: ${reason}`, {
      issues: [{ path: 'parameters', message: reason }],
    })
  if (schema['type'] !== 'object') throw refuse('its "type" must be "object".')
  let validator: Validator
  let guarded: ReturnType<Guard>
  try {
    guarded = guard(schema)
    validator = new Validator(guarded.schema, '2020-12', false)
    // A reference that leads nowhere is only found by using it.
    validator.validate({})
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error))
  }
  return (value) => {
    const { valid, errors } = guarded.bounded(value, () => validator.validate(value))
    if (valid) return []
    // Errors that only say "a part of this did not fit" repeat what the part says.
    const parts = errors.filter(({ keyword }) => !['properties', 'items', '$ref', 'allOf'].includes(keyword))
    return (parts.length > 0 ? parts : errors).slice(0, 10).map(({ instanceLocation, error }) => ({
      path: instanceLocation.replace(/^#\/?/, '') || 'arguments',
      message: error,
    }))
  }
}

/** What of a schema may take long to check; a property of such a name does no harm. */
const LONG = /"(?:pattern|patternProperties|format|uniqueItems|\$\w*ref|\w+Of|not|if)":/i

/**
 * The check of a tool that is not the kernel's, in a bounded time whoever wrote its schema (guarded-schema.ts). At once where
 * the schema asks for nothing that could take long.
 * @throws HearthError `bad-request`, as `compileArguments`, and for patterns that cannot be matched in a bounded time
 */
export async function compileForeign(tool: string, schema: JsonSchema): Promise<ArgumentsCheck> {
  if (!LONG.test(JSON.stringify(schema))) return compileArguments(tool, schema)
  const { guarded } = await import('./guarded-schema.ts')
  return compileArguments(tool, schema, guarded)
}
