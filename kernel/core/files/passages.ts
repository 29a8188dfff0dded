/** Cuts a text into passages, where it pauses. Pure. */
import { PASSAGE_UNITS } from './param.ts'

/** Part of a passage's end in which a better place to cut is looked for. */
const SEEK_SHARE = 0.4

/** The best place to cut first: between paragraphs, lines, sentences, words. */
const PAUSES = ['\n\n', '\n', '. ', ' ']

export interface Passage {
  /** UTF-16 unit it begins at. */
  readonly at: number
  readonly text: string
}

/** Without those that are blank. */
export function* passagesOf(text: string): Generator<Passage> {
  for (let at = 0; at < text.length;) {
    const end = endOf(text, at)
    const passage = text.slice(at, end)
    if (passage.trim() !== '') yield { at, text: passage }
    at = end
  }
}

/** The passage that begins there. */
export const passageAt = (text: string, at: number): string => text.slice(at, endOf(text, at))

function endOf(text: string, at: number): number {
  const end = at + PASSAGE_UNITS
  if (end >= text.length) return text.length
  const soonest = end - Math.floor(PASSAGE_UNITS * SEEK_SHARE)
  for (const pause of PAUSES) {
    const found = text.lastIndexOf(pause, end - pause.length)
    if (found >= soonest) return found + pause.length
  }
  // No pair of surrogates is cut.
  const last = text.charCodeAt(end - 1)
  return last >= 0xd800 && last <= 0xdbff ? end - 1 : end
}
