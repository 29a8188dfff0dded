/** What the palette can do about the folder that is shown, about the file that is open. */
import type { Command } from '../shell/command.ts'
import type { DialogState } from './dialog-state.svelte.ts'
import type { FileView } from './file-view.svelte.ts'
import { nameOf } from './paths.ts'

interface Folder {
  readonly space: string
  readonly path: string
  readonly dialogs: DialogState
  readonly upload: () => void
}

export function folderCommands({ dialogs, upload }: Folder): Command[] {
  return [
    { id: 'files-add', label: 'Add files here', icon: 'upload', keywords: ['upload'], run: upload },
    {
      id: 'files-new',
      label: 'New text here',
      icon: 'plus',
      keywords: ['file', 'write'],
      run: () => dialogs.open({ kind: 'new' }),
    },
    {
      ...{
        id: 'files-moment',
        label: 'Go back to a moment',
        icon: 'history',
        keywords: ['rollback', 'undo', 'versions'],
      },
      run: () => dialogs.open({ kind: 'moment' }),
    },
    {
      ...{ id: 'files-free', label: 'Free space of these files', icon: 'trash', keywords: ['purge', 'deleted'] },
      run: () => dialogs.open({ kind: 'free' }),
    },
  ]
}

interface FileDeeds {
  readonly edit: () => void
  readonly save: () => void
  readonly move: () => void
  readonly remove: () => void
}

export function fileCommands(view: FileView, deeds: FileDeeds): Command[] {
  const name = nameOf(view.path)
  return [
    ...(view.look === 'text' && !view.more && !view.looking
      ? [{ id: 'file-edit', label: `Edit ${name}`, icon: 'edit', run: deeds.edit } as const]
      : []),
    { id: 'file-download', label: `Download ${name}`, icon: 'download', run: deeds.save },
    { id: 'file-move', label: `Rename or move ${name}`, icon: 'edit', run: deeds.move },
    { id: 'file-delete', label: `Delete ${name}`, icon: 'trash', run: deeds.remove },
  ]
}
