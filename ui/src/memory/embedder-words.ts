/** Embedders in words, and as the kernel wants them named. Pure. */
import { bytes } from '../parts/format.ts'
import type { EmbedderChoice, EmbedderInfo } from './types.ts'

/** What to ask for to use one of the list; null for a server, which has an address and perhaps a key. */
export function choiceOf({ id, kind }: EmbedderInfo): EmbedderChoice | null {
  if (kind === 'words') return { kind }
  if (kind === 'openai') return null
  return { kind, model: id.slice(id.indexOf(':') + 1) }
}

export function whereWords({ sendsTo }: EmbedderInfo): string {
  return sendsTo === null ? 'Texts stay on this device' : `Texts are sent to ${sendsTo}`
}

export function figuresOf({ downloadBytes, dimensions, kind }: EmbedderInfo): string[] {
  return [
    kind === 'words'
      ? 'part of the app'
      : downloadBytes === null
        ? kind === 'openai'
          ? ''
          : 'download size not known'
        : downloadBytes === 0
          ? 'on this device'
          : `${bytes(downloadBytes)} to download first`,
    dimensions === null ? '' : `${dimensions} numbers a text`,
  ].filter(Boolean)
}
