/** What was dropped or chosen, as files with paths: folders are walked, and names of other systems are made fit for a path. */
import { cleanName, join } from './paths.ts'

export interface Named {
  /** Below where it was dropped. */
  readonly path: string
  readonly file: File
}

/** Said when a folder that was dropped cannot be walked. */
export const UNREAD = 'That folder could not be read. Nothing of it was added; drop it again.'

/** Of a file field: a file of a folder that was chosen keeps its place in it. */
export function chosenFiles(files: Iterable<File>): Named[] {
  return [...files].map((file) => ({ path: cleaned(file.webkitRelativePath || file.name), file }))
}

/** Call it before the first await of the drop's handler: afterwards the browser has taken its list away. */
export async function droppedFiles({ items, files }: DataTransfer): Promise<Named[]> {
  const loose = chosenFiles(files)
  const folders = [...items].flatMap((item) => {
    const entry = item.kind === 'file' ? item.webkitGetAsEntry() : null
    return entry?.isDirectory ? [entry as FileSystemDirectoryEntry] : []
  })
  if (folders.length === 0) return loose
  // A folder is among the files too, as one that cannot be read.
  const names = new Set(folders.map(({ name }) => cleanName(name)))
  const walked = await Promise.all(folders.map((folder) => walk(folder, cleanName(folder.name))))
  return [...loose.filter(({ path }) => !names.has(path)), ...walked.flat()]
}

async function walk(folder: FileSystemDirectoryEntry, at: string): Promise<Named[]> {
  const found: Named[] = []
  const reader = folder.createReader()
  for (;;) {
    // A hundred at a time; none means that there are no more.
    const entries = await new Promise<FileSystemEntry[]>((give, fail) => reader.readEntries(give, fail))
    if (entries.length === 0) return found
    for (const entry of entries) {
      const path = join(at, cleanName(entry.name))
      if (entry.isDirectory) found.push(...(await walk(entry as FileSystemDirectoryEntry, path)))
      else {
        const file = await new Promise<File>((give, fail) => (entry as FileSystemFileEntry).file(give, fail))
        found.push({ path, file })
      }
    }
  }
}

const cleaned = (path: string): string => path.split('/').map(cleanName).join('/')
