/** Ids from the runtime's cryptographic randomness. */
import type { Random } from '../../core/platform.ts'

export function createRandom(): Random {
  const bytes = new Uint8Array(16)
  return {
    id(prefix) {
      crypto.getRandomValues(bytes)
      let id = `${prefix}-`
      for (const byte of bytes) id += byte.toString(16).padStart(2, '0')
      return id
    },
  }
}
