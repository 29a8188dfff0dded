/** Which dialog of the Files room is open. */
export type FilesDialog = { kind: 'new' } | { kind: 'move'; path: string } | { kind: 'moment' } | { kind: 'free' }

export class DialogState {
  now = $state.raw<FilesDialog | null>(null)

  open(dialog: FilesDialog): void {
    this.now = dialog
  }

  close(): void {
    this.now = null
  }
}
