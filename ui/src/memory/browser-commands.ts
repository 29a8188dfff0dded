/** What the palette can do about the list of memories, and about the one that is open, while they are on the screen. */
import type { Command } from '../shell/command.ts'
import { isTrueAt, narrowing, type FilterChoice } from './filter.ts'
import type { MemoryBrowser } from './memory-browser.svelte.ts'
import type { MemoryDetail } from './memory-detail.svelte.ts'

const filters: readonly [string, Partial<FilterChoice>][] = [
  ['Show only facts', { kind: 'fact' }],
  ['Show only experience', { kind: 'experience' }],
  ['Show only blocks', { kind: 'block' }],
  ['Show only what you or Hearth wrote', { trust: 'trusted' }],
  ['Show only what agents, apps or others wrote', { trust: 'untrusted' }],
  ['Show only what was written in the last 7 days', { days: 7 }],
  ['Show only what every agent may use', { owner: 'common' }],
  ['Show also what is no longer true', { ended: true }],
]

export function browserCommands(browser: MemoryBrowser): Command[] {
  return [
    ...(narrowing(browser.filter) > 0 || browser.found
      ? [{ id: 'memory-all', label: 'Show all memories', icon: 'close', run: () => browser.clear() } as const]
      : []),
    ...filters.map(([label, choice]): Command => ({
      ...{ id: `memory-filter:${label}`, label, icon: 'filter', hint: 'filter' },
      run: () => browser.choose(choice),
    })),
  ]
}

export function detailCommands(detail: MemoryDetail, forget: () => void): Command[] {
  const { memory } = detail
  if (!memory || detail.gone) return []
  return [
    { id: 'memory-edit', label: 'Edit this memory', icon: 'edit', run: () => detail.edit() },
    isTrueAt(memory, Date.now())
      ? {
          id: 'memory-end',
          label: 'It is no longer true',
          icon: 'check',
          run: () => detail.change({ validUntil: Date.now() }),
        }
      : { id: 'memory-true', label: 'It is true again', icon: 'retry', run: () => detail.change({ validUntil: null }) },
    { id: 'memory-copy', label: 'Copy its text', icon: 'copy', run: () => navigator.clipboard.writeText(memory.text) },
    { id: 'memory-forget', label: 'Forget this memory', icon: 'trash', run: forget },
  ]
}
