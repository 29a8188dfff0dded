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

/** What is wrong with a path that a person typed, for that person; null when nothing is. */
export function faultOf(path: string): string | null {
  if (path.trim() === '') return 'Give it a name.'
  if (path.length > 512) return 'That is too long.'
  if (/[\\\p{Cc}]/u.test(path)) return 'A name cannot have a backslash in it.'
  return path.split('/').some((part) => part === '' || part === '.' || part === '..')
    ? 'Names are joined by one slash, and none of them is empty, “.” or “..”.'
    : null
}
