/** Where a model computes, in words. Pure. */
import type { Placement } from '../../../sdk/index.ts'

/** "on CPU, 4 threads", "on Apple M3", "on api.example.com". */
export function placeName({ on, name }: Placement): string {
  if (on === 'cpu') return /cpu/i.test(name) ? `on ${name}` : `on CPU${name ? `, ${name}` : ''}`
  return `on ${name}`
}
