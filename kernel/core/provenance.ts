/** Labels a value with where it came from. Every turn, memory and tool result is made with one of these. */
import type { Principal, Provenance } from '../abi/index.ts'

/** What `principal` itself wrote. Only the user's and the kernel's own words are trusted. */
export function writtenBy(principal: Principal): Provenance {
  switch (principal.kind) {
    case 'user':
      return { source: 'user', principal, trust: 'trusted' }
    case 'kernel':
      return { source: 'kernel', principal, trust: 'trusted' }
    case 'app':
      return { source: 'app', principal, trust: 'untrusted' }
    case 'agent':
      return { source: 'model', principal, run: principal.run, trust: 'untrusted' }
  }
}
