/** Who wrote an entry, in words. Pure. */
import type { SharedEntry } from './types.ts'

export function writerWords(
  { provenance: { principal } }: SharedEntry,
  nameOf: (agent: string) => string | undefined,
): string {
  switch (principal.kind) {
    case 'user':
      return 'by you'
    case 'app':
      return `by the app ${principal.id}`
    case 'kernel':
      return 'by Hearth itself'
    case 'agent':
      return `by ${nameOf(principal.id) ?? 'an agent that is gone'}`
  }
}
