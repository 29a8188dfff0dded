/** What a person reads of an error, and the one thing they can do about it in the panel. */
import { HearthError } from '../../../sdk/index.ts'

/** Where the one action of an error leads. `retry`, `load-starter` and `limits` are done in place. */
export type Advice =
  | { do: 'retry'; label: string }
  | { do: 'load-starter'; label: string }
  | { do: 'reload'; label: string }
  | { do: 'limits'; label: string }
  | { do: 'go'; label: string; href: string }

export function errorText(error: unknown): string {
  if (error instanceof HearthError) return error.message
  return `Something failed that should not: ${error instanceof Error ? error.message : String(error)}`
}

export function codeOf(error: unknown): string {
  return error instanceof HearthError ? (error as HearthError).code : 'internal'
}

export function adviceFor(code: string): Advice {
  switch (code) {
    case 'no-model':
      return { do: 'load-starter', label: 'Load the starter' }
    case 'out-of-memory':
    case 'unsupported':
    case 'bad-model':
      return { do: 'go', label: 'Choose a model', href: '#/models' }
    case 'storage-full':
    case 'storage-failed':
      return { do: 'go', label: 'See storage', href: '#/settings' }
    case 'protocol-mismatch':
      return { do: 'reload', label: 'Reload' }
    case 'budget-spent':
      return { do: 'limits', label: 'Change its limits' }
    default:
      return { do: 'retry', label: 'Retry' }
  }
}
