/** Paths as the panel handles them: parts joined by slashes, the empty one for a whole space. Pure. */

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

export function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}

/** Each folder on the way to it, from the top, with its own path. */
export function waysTo(path: string): { name: string; path: string }[] {
  const parts = path === '' ? [] : path.split('/')
  return parts.map((name, index) => ({ name, path: parts.slice(0, index + 1).join('/') }))
}

/** An address with the slashes a path has. */
export function hrefOfPath(space: string, path: string): string {
  return ['#/files', space, ...(path === '' ? [] : path.split('/'))]
    .map((part, at) => (at === 0 ? part : encodeURIComponent(part)))
    .join('/')
}

/** What does not show or turns the direction of text: phones put it into names, and no path may have it (abi's FilePath). */
const UNSEEN = /[\u200b\u200e\u200f\ufeff\u202a-\u202e\u2066-\u2069\p{Cs}\p{Noncharacter_Code_Point}]/gu
const REFUSED = /[\\\p{Cc}]/gu

/** A name as another system wrote it, without what a path may not have: what does not show goes, what does becomes `_`. */
export function cleanName(name: string): string {
  const clean = name.replace(UNSEEN, '').replace(REFUSED, '_')
  return clean === '' || clean === '.' || clean === '..' ? `_${clean}` : clean
}

/** What is wrong with a path that a person typed, for that person; null when nothing is. */
export function faultOf(path: string): string | null {
  if (path.trim() === '') return 'Give it a name.'
  if (path.length > 512) return 'That is too long.'
  if (path.includes('\\')) return 'A name cannot have a backslash in it.'
  if (path !== path.replace(UNSEEN, '').replace(REFUSED, ''))
    return 'It has a character in it that does not show. Type it anew.'
  return path.split('/').some((part) => part === '' || part === '.' || part === '..')
    ? 'Names are joined by one slash, and none of them is empty, “.” or “..”.'
    : null
}
