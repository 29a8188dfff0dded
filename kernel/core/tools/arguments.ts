/** Checks a tool's arguments against its JSON Schema before anything runs. */
import { HearthError, type JsonSchema, type JsonValue } from '../../abi/index.ts'
import type { ArgumentsCheck } from './arguments-check.ts'

/**
 * The check of a tool of the kernel's own, compiled when it is first asked for: boot needs neither it nor the validator.
 * @throws HearthError `bad-request` when the schema is of no use
 */
export function checkOnDemand(tool: string, schema: JsonSchema): () => Promise<ArgumentsCheck> {
  let check: Promise<ArgumentsCheck> | undefined
  return () =>
    (check ??= import('./arguments-check.ts')
      .then(({ compileArguments }) => compileArguments(tool, schema))
      .catch((error: unknown) => {
        // An import that failed, as it does offline before the first visit is complete, may succeed next time.
        check = undefined
        throw error
      }))
}

/**
 * The check of a page's tool, in a bounded time whoever wrote its schema.
 * @throws HearthError `bad-request` when the schema is of no use
 */
export async function checkOfPage(tool: string, schema: JsonSchema): Promise<ArgumentsCheck> {
  const { compileForeign } = await import('./arguments-check.ts')
  return compileForeign(tool, schema)
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
