/** What the palette can do about upkeep while its page is open. */
import type { Command } from '../shell/command.ts'
import { choiceOf } from './embedder-words.ts'
import type { Upkeep } from './upkeep.svelte.ts'

export function upkeepCommands(upkeep: Upkeep): Command[] {
  const { consolidation, embedding, embedders } = upkeep
  return [
    ...(consolidation
      ? [
          {
            id: 'tidy-by-itself',
            label: consolidation.enabled ? 'Do not tidy up by itself' : 'Tidy up by itself',
            icon: 'memory',
            hint: 'when the model is idle',
            run: () => upkeep.byItself(!consolidation.enabled),
          } as const,
        ]
      : []),
    ...(embedding?.next
      ? [
          {
            id: 'embedder-cancel',
            label: `Stay with ${embedding.current.name}`,
            icon: 'close',
            hint: 'search by meaning',
            run: () => upkeep.cancel(),
          } as const,
        ]
      : embedders.flatMap((embedder): Command[] => {
          const choice = choiceOf(embedder)
          // What sends texts away is asked about on the page first.
          if (!choice || embedder.id === embedding?.current.id || embedder.sendsTo !== null) return []
          return [
            {
              id: `embedder:${embedder.id}`,
              label: `Search by meaning with ${embedder.name}`,
              icon: 'search',
              hint: 'embedder',
              run: () => upkeep.use(choice),
            },
          ]
        })),
  ]
}
