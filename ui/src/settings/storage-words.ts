/** How kinds of storage are called, drawn and freed. Pure. */
import type { StorageKind } from '../../../sdk/index.ts'
import { plural } from '../parts/format.ts'

/** Bytes that are little room however little the browser gives, and those that are enough however much it gives. */
const LITTLE_BYTES = 50e6
const ENOUGH_BYTES = 1e9

/** Whether little room is left: less than a tenth, or too little for a small model. */
export function isLow(used: number, quota: number): boolean {
  return quota - used < Math.min(ENOUGH_BYTES, Math.max(LITTLE_BYTES, quota / 10))
}

interface KindWords {
  readonly name: string
  /** A class of the bar and of the dot beside the name. */
  readonly colour: string
  readonly count?: (count: number) => string
  /** Where it is made smaller. */
  readonly free?: { readonly label: string; readonly href: string }
}

export const storageKinds: Readonly<Record<StorageKind, KindWords>> = {
  models: { name: 'Models', colour: 'bg-ember-fill', free: { label: 'Remove models', href: '#/models' } },
  files: {
    name: 'Files',
    colour: 'bg-part-recalled',
    count: (count) => plural(count, 'file'),
    free: { label: 'Delete files', href: '#/files' },
  },
  conversations: {
    name: 'Conversations',
    colour: 'bg-run',
    count: (count) => plural(count, 'message'),
    free: { label: 'Empty conversations', href: '#/agents' },
  },
  memories: {
    name: 'Memory',
    colour: 'bg-part-instructions',
    count: (count) => plural(count, 'memory', 'memories'),
    free: { label: 'Forget memories', href: '#/memory' },
  },
  vectors: { name: 'Search by meaning', colour: 'bg-part-tools' },
  whiteboard: {
    name: 'Whiteboard',
    colour: 'bg-wait',
    count: (count) => plural(count, 'entry', 'entries'),
    free: { label: 'Clear entries', href: '#/whiteboard' },
  },
  journal: { name: 'Log', colour: 'bg-background', count: (count) => plural(count, 'record') },
  other: { name: 'The app itself and the browser', colour: 'bg-edge' },
}
