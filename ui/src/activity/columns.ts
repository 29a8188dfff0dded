/** The columns of Activity: what each is called, what it means, and from which width on it has room. */
import type { SortKey } from './rows.ts'

export interface Column {
  readonly key: SortKey
  readonly label: string
  readonly about: string
  /** Tailwind classes that hide it where it has no room; the row's second line says the same. */
  readonly hidden: string
  readonly figures: boolean
}

export const columns: readonly Column[] = [
  {
    key: 'name',
    label: 'Who',
    about: 'The agent, or the page that asked, and the request',
    hidden: '',
    figures: false,
  },
  {
    key: 'class',
    label: 'Class',
    about: 'A higher class goes first; who waits long rises',
    hidden: 'max-md:hidden',
    figures: false,
  },
  { key: 'state', label: 'State', about: 'What it does or waits for', hidden: 'max-md:hidden', figures: false },
  { key: 'tokens', label: 'Tokens', about: 'Read + written', hidden: 'max-sm:hidden', figures: true },
  { key: 'waited', label: 'Waited', about: 'For a slot, in all', hidden: 'max-sm:hidden', figures: true },
  { key: 'share', label: 'Share', about: 'Of all tokens of the last seconds', hidden: 'max-sm:hidden', figures: true },
  { key: 'slot', label: 'Slot', about: 'Of the engine, that it writes in', hidden: 'max-md:hidden', figures: true },
  { key: 'turns', label: 'Gave way', about: 'Times another went first', hidden: 'max-md:hidden', figures: true },
  { key: 'deadline', label: 'Due', about: 'When it should be answered', hidden: 'max-md:hidden', figures: true },
]
