/** What the palette can do about memory and the whiteboard, from whichever room. */
import type { Panel } from '../state/panel.svelte.ts'
import type { Command } from './command.ts'

export function memoryCommands(panel: Panel): Command[] {
  const { route, tidying, agent } = panel
  return [
    {
      id: 'memory-search',
      label: 'Search memory',
      icon: 'search',
      keywords: ['find', 'recall', 'know'],
      run: () => (route.go('memory'), panel.searches++),
    },
    {
      ...{ id: 'memory-add', label: 'Add a fact to memory', icon: 'plus', keywords: ['remember', 'new'] },
      run: () => route.go('memory', 'new'),
    },
    {
      ...{ id: 'memory-add-experience', label: 'Add an experience to memory', icon: 'plus', keywords: ['lesson'] },
      run: () => route.go('memory', 'new', 'experience'),
    },
    {
      ...{ id: 'memory-add-block', label: 'Add a block', icon: 'plus', keywords: ['always in mind', 'memory'] },
      run: () => route.go('memory', 'blocks', 'new'),
    },
    {
      id: 'memory-blocks',
      label: agent ? `What ${agent.name} always has in mind` : 'What agents always have in mind',
      ...{ icon: 'pin', keywords: ['blocks', 'memory'] },
      run: () => route.go('memory', 'blocks'),
    },
    {
      id: 'whiteboard',
      label: 'Whiteboard',
      icon: 'whiteboard',
      keywords: ['shared'],
      run: () => route.go('whiteboard'),
    },
    {
      ...{ id: 'whiteboard-add', label: 'Write on the whiteboard', icon: 'plus', keywords: ['shared', 'entry'] },
      run: () => route.go('whiteboard', '+'),
    },
    {
      ...{ id: 'upkeep', label: 'Upkeep of memory', icon: 'settings' },
      keywords: ['embedder', 'embedding', 'vectors', 'meaning', 'consolidation'],
      run: () => route.go('memory', 'upkeep'),
    },
    tidying.running
      ? { id: 'tidy-stop', label: 'Stop tidying up', icon: 'stop', run: () => tidying.stop() }
      : {
          ...{ id: 'tidy', label: 'Tidy up memory now', icon: 'memory', keywords: ['consolidate', 'merge'] },
          run: () => {
            route.go('memory', 'upkeep')
            return tidying.start()
          },
        },
  ]
}
