/** The icon of each kind of memory. */
import type { IconName } from '../parts/icons.ts'
import type { MemoryKind } from './types.ts'

export const kindIcons: Record<MemoryKind, IconName> = {
  fact: 'memory',
  experience: 'experience',
  block: 'pin',
  shared: 'whiteboard',
}
