/** Where files go that are dropped beside every field for files: by what they are, and to whom one talks. */
import { droppedFiles, UNREAD, type Named } from '../files/dropped.ts'
import { hrefOfPath, nameOf } from '../files/paths.ts'
import { plural } from '../parts/format.ts'
import type { Panel } from '../state/panel.svelte.ts'

/** Call it in the drop's own handler: afterwards the browser has taken what was dropped away. */
export function takeDropped(panel: Panel, data: DataTransfer): void {
  const [file] = data.files
  const { agent, archive, notices, route, transfers } = panel
  if (file && /\.hearth$/i.test(file.name)) {
    route.go('settings')
    void archive.look(file)
  } else if (file && (agent === undefined || /\.gguf$/i.test(file.name))) {
    panel.dropped = file
    route.go('models', 'add')
  } else if (agent !== undefined) {
    const open = (): void => void (location.hash = hrefOfPath(agent.id, ''))
    const take = async (files: readonly Named[]): Promise<void> => {
      const added = await transfers.upload(agent.id, '', files)
      if (added === 0) return
      const what = added === 1 && files.length === 1 && files[0] ? nameOf(files[0].path) : plural(added, 'file')
      notices.tell(`Added ${what} to ${agent.name}’s files.`, { action: { label: 'Open', run: open } })
    }
    droppedFiles(data).then(take, () => notices.tell(UNREAD, { level: 'warning' }))
  }
}
