/** Embedders in words, and as the kernel wants them named. Pure. */
import { bytes } from '../parts/format.ts'
import type { EmbedderChoice, EmbedderInfo } from './types.ts'

/** What to ask for to use one of the list; null for a server, whose key is not in it. */
export function choiceOf({ choice }: EmbedderInfo): EmbedderChoice | null {
  return choice.kind === 'openai' ? null : choice
}

export function whereWords({ sendsTo }: EmbedderInfo): string {
  return sendsTo === null ? 'Texts stay on this device' : `Texts are sent to ${sendsTo}`
}

export function figuresOf({ downloadBytes, dimensions, kind }: EmbedderInfo): string[] {
  return [
    kind === 'built-in'
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
