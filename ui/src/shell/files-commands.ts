/** What the palette can do about files, from whichever room. */
import type { Agent } from '../../../sdk/index.ts'
import type { Panel } from '../state/panel.svelte.ts'
import type { Command } from './command.ts'

/** Spaces offered one by one; with more, the room finds them better. */
const SPACES = 12

export function filesCommands({ route, agents, agent }: Panel): Command[] {
  const first = agent ? [agent] : []
  const others = agents.list.filter(({ id }) => id !== agent?.id)
  const open = ({ id, name }: Agent): Command => ({
    ...{ id: `files:${id}`, label: `Files of ${name}`, icon: 'folder', keywords: ['space', 'documents'] },
    run: () => route.go('files', id),
  })
  return [...first, ...others.slice(0, SPACES)].map(open)
}
