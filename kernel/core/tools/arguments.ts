/** Checks a tool's arguments against its JSON Schema (draft 2020-12) before anything runs. */
import { Validator } from '@cfworker/json-schema'
import { HearthError, type JsonSchema, type JsonValue } from '../../abi/index.ts'

export type ArgumentsCheck = (value: JsonValue) => { path: string; message: string }[]

/** Does a check of a value, and may refuse to. */
type Bounded = <T>(value: JsonValue, check: () => T) => T

/**
 * Compiles the check of one tool.
 * @param bounded around each check; none for schemas of the kernel's own
 * @throws HearthError `bad-request` when the schema does not describe an object or refers to what is not in it.
 */
export function compileArguments(
  tool: string,
  schema: JsonSchema,
  bounded: Bounded = (_value, check) => check(),
): ArgumentsCheck {
  if (schema['type'] !== 'object') throw unusableSchema(tool, 'its "type" must be "object".')
  let validator: Validator
  try {
    validator = new Validator(schema, '2020-12', false)
    // A reference that leads nowhere is only found by using it.
    bounded({}, () => validator.validate({}))
  } catch (error) {
    throw unusableSchema(tool, error instanceof Error ? error.message : String(error))
  }
  return (value) => {
    const { valid, errors } = bounded(value, () => validator.validate(value))
    if (valid) return []
    // Errors that only say "a part of this did not fit" repeat what the part says.
    const parts = errors.filter(({ keyword }) => !['properties', 'items', '$ref', 'allOf'].includes(keyword))
    return (parts.length > 0 ? parts : errors).slice(0, 10).map(({ instanceLocation, error }) => ({
      path: instanceLocation.replace(/^#\/?/, '') || 'arguments',
      message: error,
    }))
  }
}

/**
 * The check of a tool that is not the kernel's: whoever wrote its schema, it takes a bounded time. At once where the schema
 * asks for nothing that could take long.
 * @throws HearthError `bad-request`, as `compileArguments`, and for patterns that cannot be matched in a bounded time
 */
export function compileForeign(tool: string, schema: JsonSchema): ArgumentsCheck | Promise<ArgumentsCheck> {
  return /"(?:pattern|patternProperties|format|uniqueItems|\$ref|\$recursiveRef|anyOf|oneOf|allOf|not|if)":/.test(
    JSON.stringify(schema),
  )
    ? compileGuarded(tool, schema)
    : compileArguments(tool, schema)
}

/** How the validator names what guarded-schema.ts made a format of. */
const ASKED = 'format "pattern '

async function compileGuarded(tool: string, schema: JsonSchema): Promise<ArgumentsCheck> {
  const { guarded } = await import('./guarded-schema.ts')
  try {
    const { schema: copy, bounded } = guarded(schema)
    const check = compileArguments(tool, copy, bounded)
    return (value) => {
      try {
        return check(value).map(({ path, message }) => ({ path, message: message.replace(ASKED, 'the pattern "') }))
      } catch {
        // Only the bound, or a stack that overflows, is thrown from in there.
        return [{ path: 'arguments', message: 'They are too long or too involved to be checked.' }]
      }
    }
  } catch (error) {
    if (error instanceof HearthError) throw error
    throw unusableSchema(tool, error instanceof Error ? error.message : String(error))
  }
}

/** @throws HearthError `bad-request` naming every argument that does not fit. */
export function assertArguments(tool: string, check: ArgumentsCheck, value: JsonValue): void {
  const issues = check(value)
  if (issues.length === 0) return
  const list = issues.map(({ path, message }) => `${path}: ${message}`).join(' ')
  throw new HearthError('bad-request', `The arguments do not fit the tool "${tool}"; it was not run. ${list}`, {
    issues,
  })
}

function unusableSchema(tool: string, reason: string): HearthError {
  return new HearthError(
    'bad-request',
    `The parameters of the tool "${tool}" are not a usable JSON Schema: ${reason}`,
    {
      issues: [{ path: 'parameters', message: reason }],
    },
  )
}
