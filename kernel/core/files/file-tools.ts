/**
 * What an agent does with its own files: the work of the tools in tools/builtin/files.ts. Paths are taken as models write them and
 * then checked like any other. Answers are short, as they go into a window.
 */
import { HearthError, type FileInfo, type Principal, type Provenance } from '../../abi/index.ts'
import { FilePath } from '../../abi/syscalls/files.ts'
import { cutText } from '../tools/result.ts'
import type { Database } from '../storage/database.ts'
import { isThere, presentHead, versionAt } from './file-table.ts'
import type { Files, Outcome } from './files.ts'
import { listFolder } from './listing.ts'
import { deleteFiles, moveFiles } from './move.ts'
import { TOOL_FILES_LISTED, TOOL_FILE_HITS, TOOL_PAGE_BYTES, TOOL_PASSAGE_UNITS } from './param.ts'
import type { Change } from './change.ts'
import { readCharacters } from './read.ts'
import { rollBack } from './rollback.ts'
import type { FileSearch } from './search.ts'

export type AgentPrincipal = Extract<Principal, { kind: 'agent' }>

/** Something that was read, and whose words it is. */
export interface Read<T> {
  readonly value: T
  readonly provenance: Provenance
}

export class FileTools {
  readonly #files: Files
  readonly #search: FileSearch
  readonly #database: Database

  constructor(files: Files, search: FileSearch, database: Database) {
    this.#files = files
    this.#search = search
    this.#database = database
  }

  /** One line a file or folder. */
  async list({ id: space }: AgentPrincipal, folder: string): Promise<string[]> {
    const path = folder === '' || folder === '/' || folder === '.' ? '' : pathOf(folder)
    const args = { space, path, recursive: false, deleted: false, limit: TOOL_FILES_LISTED }
    const { files, folders, next } = await listFolder(this.#database, args)
    const lines = [
      ...folders.map((each) => `${each.path}/ (${each.files === 1 ? '1 file' : `${each.files} files`})`),
      ...files.map((each) => `${each.path} (${each.bytes} bytes)`),
    ]
    return next === null ? lines : [...lines, 'and more: list a folder of it']
  }

  /** @param page from 1 */
  async read({ id: space }: AgentPrincipal, file: string, page: number, signal: AbortSignal): Promise<Read<string>> {
    const path = pathOf(file)
    const { version: newest } = await presentHead(this.#database, space, path)
    const version = await versionAt(this.#database, space, path, newest)
    const pages = Math.max(1, Math.ceil(version.bytes / TOOL_PAGE_BYTES))
    if (page > pages) throw failed('read_file', `“${path}” has only ${pages === 1 ? 'one page' : `${pages} pages`}`)
    const from = (page - 1) * TOOL_PAGE_BYTES
    const text = await readCharacters(this.#files.reading, version, from, TOOL_PAGE_BYTES, signal)
    return { value: pages === 1 ? text : `${text}\n[page ${page} of ${pages}]`, provenance: version.provenance }
  }

  async write(agent: AgentPrincipal, file: string, text: string): Promise<FileInfo> {
    const contents = new TextEncoder().encode(text)
    const writing = { space: agent.id, path: pathOf(file), contents, principal: agent, tool: 'write_file' }
    return this.#files.commit((signal) => this.#files.write(writing, signal))
  }

  /** Done already, it is done: a call that is repeated after a crash finds the file where it should be. */
  async move(agent: AgentPrincipal, from: string, to: string): Promise<void> {
    const args = { space: agent.id, path: pathOf(from), to: pathOf(to) }
    await this.#change(agent, async (change) => {
      const [source, target] = [await change.head(args.path), await change.head(args.to)]
      if (source?.change === 'moved-away' && isThere(target) && target.change === 'moved') {
        const { from: origin } = await versionAt(this.#database, agent.id, args.to, target.version)
        if (origin?.path === args.path && origin.version === source.version - 1) return 0
      }
      return moveFiles(this.#database, change, args)
    })
  }

  async delete(agent: AgentPrincipal, file: string): Promise<void> {
    const path = pathOf(file)
    await this.#change(agent, async (change) => {
      const head = await change.head(path)
      // As above: it is gone, which is what was wanted.
      return head?.change === 'deleted' ? 0 : deleteFiles(this.#database, change, { path })
    })
  }

  async restore(agent: AgentPrincipal, file: string, versionsAgo: number): Promise<void> {
    const args = { space: agent.id, path: pathOf(file), to: { versionsAgo } }
    await this.#change(agent, (change) => rollBack(this.#database, change, args))
  }

  async search(
    { id: space }: AgentPrincipal,
    query: string,
    signal: AbortSignal,
  ): Promise<Read<{ file: string; text?: string }[]> | null> {
    const args = { space, path: '', query, by: ['name', 'words', 'meaning'] as const, k: TOOL_FILE_HITS }
    const { hits } = await this.#search.search({ ...args, by: [...args.by] }, signal)
    const [first] = hits
    if (!first) return null
    const worst = hits.find(({ file }) => file.provenance.trust === 'untrusted') ?? first
    const value = hits.map(({ file, passage }) => ({
      file: file.path,
      ...(passage && { text: cutText(passage.text.trim(), TOOL_PASSAGE_UNITS) }),
    }))
    return { value, provenance: worst.file.provenance }
  }

  #change<R>(agent: AgentPrincipal, work: (change: Change) => Promise<R>): Promise<R> {
    return this.#files.commit((signal): Promise<Outcome<R>> => this.#files.change(agent.id, agent, signal, work))
  }
}

/** An agent's own space is all it sees, so a slash or a dot in front means the beginning of it. */
function pathOf(written: string): string {
  const checked = FilePath.safeParse(written.trim().replace(/^(?:\.?\/)+/, ''))
  if (checked.success) return checked.data
  throw failed('files', `“${written}” cannot be the path of a file: ${checked.error.issues[0]?.message ?? 'too long'}`)
}

const failed = (tool: string, reason: string): HearthError<'tool-failed'> =>
  new HearthError('tool-failed', `${reason}. Nothing was done.`, { tool, reason })
