/** What an address's hash says. Pure: anybody can write a link, so any text has to mean something. */

export interface Address {
  readonly room: string
  readonly detail: string | null
  /** May have slashes in it. */
  readonly view: string | null
}

export function addressOf(hash: string): Address {
  const [room = '', detail = '', ...rest] = hash.replace(/^#\/?/, '').split('/')
  return { room, detail: decoded(detail), view: decoded(rest.join('/')) }
}

/** A stray % stands for itself. */
function decoded(part: string): string | null {
  if (part === '') return null
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
