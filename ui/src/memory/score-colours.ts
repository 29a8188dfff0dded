/** The colour of each part of a score; the words beside them say the same. */
import type { ScoreParts } from './types.ts'

export const partColours: Record<keyof ScoreParts, string> = {
  words: 'bg-ember-fill',
  meaning: 'bg-run',
  whose: 'bg-part-instructions',
  answer: 'bg-wait',
  recency: 'bg-part-tools',
  use: 'bg-ok',
}
