/** Arguments and frames against their schemas. Results are never checked at run time: the compiler does that. */
import type * as z from 'zod'
import { HearthError } from '../abi/index.ts'
import { oversize } from './measure.ts'
import { ISSUES_LISTED } from './param.ts'

export type Checked<T> = { ok: true; value: T } | { ok: false; error: HearthError<'bad-request'> }

/** Checks size first, then shape; fills in defaults. */
export function check<S extends z.ZodType>(schema: S, value: unknown, what: string): Checked<z.output<S>> {
  const fault = oversize(value)
  if (fault !== undefined) return { ok: false, error: badRequest(what, [{ path: '', message: fault }]) }
  const parsed = schema.safeParse(value)
  if (parsed.success) return { ok: true, value: parsed.data }
  const issues = parsed.error.issues
    .slice(0, ISSUES_LISTED)
    .map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }))
  return { ok: false, error: badRequest(what, issues) }
}

export function badRequest(
  what: string,
  issues: readonly { path: string; message: string }[],
): HearthError<'bad-request'> {
  const first = issues[0]
  const where = first === undefined ? '' : `: ${first.path === '' ? '' : `${first.path}: `}${first.message}`
  return new HearthError('bad-request', `${what} was not understood${where}. Nothing was done.`, { issues })
}
