/** The list of Activity: its order, what is looked for, and the row that has the keyboard. */
import type { Target } from '../state/control.svelte.ts'
import type { Panel } from '../state/panel.svelte.ts'
import { findRows, rowsOf, sortKeys, sortRows, type Row, type SortKey, type Sorting } from './rows.ts'

export class Top {
  sorting = $state.raw<Sorting>({ key: 'state', reverse: false })
  query = $state('')
  /** The row that the Tab key comes to. */
  current = $state<string | null>(null)
  readonly #panel: Panel

  readonly all = $derived.by(() => rowsOf(this.#panel.activity.jobs, this.#panel.runs.active))
  readonly shown = $derived(sortRows(findRows(this.all, this.query), this.sorting))
  /** Those of the shown that can be acted on. */
  readonly targets = $derived(this.shown.flatMap(targetOf))
  readonly paused = $derived(this.shown.filter(({ state }) => state === 'paused').flatMap(targetOf))
  readonly tabbable = $derived(this.shown.find(({ id }) => id === this.current)?.id ?? this.shown[0]?.id)

  constructor(panel: Panel) {
    this.#panel = panel
  }

  /** Chosen again, a column turns round. */
  sortBy(key: SortKey): void {
    this.sorting = { key, reverse: this.sorting.key === key && !this.sorting.reverse }
  }

  nextSorting(): void {
    const at = sortKeys.indexOf(this.sorting.key)
    this.sorting = { key: sortKeys[(at + 1) % sortKeys.length] ?? 'state', reverse: false }
  }

  toggle(row: Row): void {
    const { control } = this.#panel
    void (row.state === 'paused' ? control.resume(targetOf(row)) : control.pause(targetOf(row)))
  }
}

export function targetOf({ run, name, class: its, weight }: Row): Target[] {
  return run === null ? [] : [{ run, name, class: its, weight }]
}
