/** Checks a tool's arguments against its JSON Schema (draft 2020-12) before anything runs. */
import { Validator } from '@cfworker/json-schema'
import { HearthError, type JsonSchema, type JsonValue } from '../../abi/index.ts'

export type ArgumentsCheck = (value: JsonValue) => { path: string; message: string }[]

/**
 * Compiles the check of one tool.
 * @throws HearthError `bad-request` when the schema does not describe an object or refers to what is not in it.
 */
export function compileArguments(tool: string, schema: JsonSchema): ArgumentsCheck {
  const refuse = (reason: string): HearthError =>
    new HearthError('bad-request', `The parameters of the tool "${tool}" are not a usable JSON Schema: ${reason}`, {
      issues: [{ path: 'parameters', message: reason }],
    })
  if (schema['type'] !== 'object') throw refuse('its "type" must be "object".')
  let validator: Validator
  try {
    validator = new Validator(schema, '2020-12', false)
    // A reference that leads nowhere is only found by using it.
    validator.validate({})
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error))
  }
  return (value) => {
    const { valid, errors } = validator.validate(value)
    if (valid) return []
    // Errors that only say "a part of this did not fit" repeat what the part says.
    const parts = errors.filter(({ keyword }) => keyword !== 'properties' && keyword !== 'items' && keyword !== '$ref')
    return (parts.length > 0 ? parts : errors).slice(0, 10).map(({ instanceLocation, error }) => ({
      path: instanceLocation.replace(/^#\/?/, '') || 'arguments',
      message: error,
    }))
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
