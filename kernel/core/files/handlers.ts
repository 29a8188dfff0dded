/** The `files.*` syscalls, on the files of all spaces. Imported with them (service.ts). */
import type { FileSpace } from '../../abi/index.ts'
import type { HandlersOf } from '../call.ts'
import type { Database } from '../storage/database.ts'
import { versionOf } from './file-table.ts'
import { FileTools } from './file-tools.ts'
import { Files, type FilesDeps } from './files.ts'
import { historyOf } from './history.ts'
import { listFolder, stat } from './listing.ts'
import { deleteFiles, moveFiles } from './move.ts'
import { FILE_SPACE_BYTES } from './param.ts'
import { purgeFiles } from './purge.ts'
import { readFile } from './read.ts'
import { rollBack } from './rollback.ts'
import { FileSearch, type FileSearchDeps } from './search.ts'

/** All of it, once it is imported. */
export interface OpenFiles {
  readonly files: Files
  readonly handlers: HandlersOf<'files'>
  readonly tools: FileTools
}

export function openFiles(deps: Omit<FilesDeps, 'onGone'> & Pick<FileSearchDeps, 'words'>): OpenFiles {
  const files: Files = new Files({ ...deps, onGone: (space, paths) => search.forget(space, paths) })
  const { database, clock } = deps.platform
  const search = new FileSearch({ reading: files.reading, clock, words: deps.words })
  const tools = new FileTools(files, search, database)
  return { files, handlers: createHandlers(files, search, database), tools }
}

function createHandlers(files: Files, search: FileSearch, database: Database): HandlersOf<'files'> {
  return {
    async 'files.spaces'() {
      const spaces = await database.list('fileSpaces')
      return {
        spaces: spaces.map(({ paths: _paths, ...space }): FileSpace => ({ ...space, limitBytes: FILE_SPACE_BYTES })),
      }
    },
    'files.list': ({ args }) => listFolder(database, args),
    'files.stat': ({ args }) => stat(database, args),
    'files.read': ({ args, signal }) => readFile(files.reading, args, signal),
    'files.write'({ args, caller: { principal }, signal }) {
      const { contents } = args
      const bytes = typeof contents === 'string' ? new TextEncoder().encode(contents) : contents
      return files.write({ ...args, contents: bytes, principal }, signal)
    },
    'files.upload': ({ args }) => ({ upload: files.uploads.begin(args) }),
    'files.part': async ({ args }) => ({ received: await files.uploads.part(args) }),
    'files.finish': ({ args, caller, signal }) => files.finishUpload(args.upload, caller.principal, signal),
    'files.abandon'({ args }) {
      files.uploads.abandon(args.upload)
      return {}
    },
    'files.move': ({ args, caller, signal }) =>
      files.change(args.space, caller.principal, signal, async (change) => ({
        files: await moveFiles(database, change, args),
      })),
    'files.delete': ({ args, caller, signal }) =>
      files.change(args.space, caller.principal, signal, async (change) => ({
        files: await deleteFiles(database, change, args),
      })),
    'files.history': async ({ args }) => ({
      versions: (await historyOf(database, args.space, args.path)).map(versionOf),
    }),
    'files.rollback': ({ args, caller, signal }) =>
      files.change(args.space, caller.principal, signal, (change) => rollBack(database, change, args)),
    'files.search': ({ args, signal }) => search.search(args, signal),
    'files.watch': ({ args, signal, emit }) => files.watchers.watch(args, signal, emit),
    'files.purge': ({ args, caller, signal }) =>
      files.change(args.space, caller.principal, signal, (change) => purgeFiles(database, change, args)),
  }
}
