/** What the palette can do about the namespace that is open. */
import type { Command } from '../shell/command.ts'
import { keyOf, type Board } from './board.svelte.ts'

/** Entries offered one by one; with more, the room's own search finds them better. */
const ENTRIES = 50

export function boardCommands(board: Board, edit: (key: string) => void): Command[] {
  return board.sorted.slice(0, ENTRIES).map((entry): Command => {
    const key = keyOf(entry)
    return { id: `entry:${key}`, label: `Edit ${key}`, icon: 'edit', hint: board.namespace, run: () => edit(key) }
  })
}
