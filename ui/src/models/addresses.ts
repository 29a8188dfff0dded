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
