/** Addresses as people type them. Pure. */

/** @returns what is wrong with an address, or an empty string. */
export function urlProblem(text: string): string {
  const url = parseUrl(text)
  if (!url) return 'This is not a whole address. It should begin with https:// or http://'
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'Only https:// and http:// addresses can be read.'
  return ''
}

export function parseUrl(text: string): URL | null {
  return URL.canParse(text.trim()) ? new URL(text.trim()) : null
}

/** An address as it is kept: a path is put behind it. */
export const baseOf = (text: string): string => text.trim().replace(/\/+$/, '')

/** Whether a host is this very machine: what is sent there leaves it for nobody. By its whole name, as `localhost.example.com` is not. */
export const isThisMachine = (hostname: string): boolean =>
  /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)
