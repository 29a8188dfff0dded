/** What the panel says about archives. Pure. */
import type { ArchiveKind, ImportReport } from '../../../sdk/index.ts'
import { plural } from '../parts/format.ts'

export const archiveKinds: Readonly<Record<ArchiveKind, (count: number) => string>> = {
  agents: (count) => plural(count, 'agent'),
  conversations: (count) => plural(count, 'message'),
  memories: (count) => plural(count, 'memory', 'memories'),
  whiteboard: (count) => plural(count, 'whiteboard entry', 'whiteboard entries'),
  files: (count) => plural(count, 'file'),
  models: (count) => plural(count, 'model of yours', 'models of yours'),
  settings: (count) => plural(count, 'setting'),
}

/** "Added: 2 agents, 14 messages. Replaced: 1 setting." */
export function reportWords({ kinds, ownerless, redated }: ImportReport): string {
  const sentences = (['added', 'replaced', 'kept'] as const).flatMap((what) => {
    const counted = kinds.filter((row) => row[what] > 0).map((row) => archiveKinds[row.kind](row[what]))
    const names = { added: 'Added', replaced: 'Replaced', kept: 'Left as they were here' }
    return counted.length > 0 ? [`${names[what]}: ${counted.join(', ')}.`] : []
  })
  if (ownerless > 0) sentences.push(`Left out: ${plural(ownerless, 'file')} of no agent.`)
  if (redated > 0) sentences.push(`Dated ahead of today, and counted as new today: ${plural(redated, 'record')}.`)
  return sentences.join(' ') || 'There was nothing in it.'
}
