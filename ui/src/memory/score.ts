/** Why a search put a memory where it is, in calm words. Pure. */
import type { Found, ScoreParts } from './types.ts'

export interface ScorePart {
  readonly key: keyof ScoreParts
  readonly value: number
  /** Its part of all that speaks for the memory, 0 to 1; 0 for what speaks against it. */
  readonly share: number
  readonly label: string
  readonly about: string
}

const names: Record<keyof ScoreParts, { label: string; about: string; against?: string }> = {
  words: { label: 'Words', about: 'It has words of what you searched for.' },
  meaning: { label: 'Meaning', about: 'It says something like what you searched for, also in other words.' },
  whose: {
    label: 'Whose',
    about: 'It is about the same person’s things.',
    against: 'It seems to be about somebody else’s things, so it stands lower.',
  },
  answer: {
    label: 'Answer',
    about: 'It holds the kind of thing that is asked for: a time, a number, a name.',
    against: 'It lacks what is asked for, such as a time or a number, so it stands lower.',
  },
  recency: { label: 'Newness', about: 'It is newer than others; that counts a little.' },
  use: { label: 'Use', about: 'It was of use before; that counts a little.' },
}

/** What speaks for a memory, the most important first, then what speaks against it. What does not matter is left out. */
export function partsOf(parts: ScoreParts): ScorePart[] {
  const keys = Object.keys(names) as (keyof ScoreParts)[]
  const sum = keys.reduce((total, key) => total + Math.max(0, parts[key]), 0)
  return keys
    .map((key) => ({ key, value: parts[key], share: sum > 0 ? Math.max(0, parts[key]) / sum : 0, ...names[key] }))
    .map(({ against, ...part }) => (part.value < 0 && against !== undefined ? { ...part, about: against } : part))
    .filter(({ value, share }) => value < 0 || share >= 0.005)
    .sort((left, right) => right.value - left.value)
}

/** "words and meaning": the parts that brought it here. */
export function mainly(parts: ScoreParts): string {
  const strong = partsOf(parts).filter(({ share, key }) => share >= 0.15 && (key === 'words' || key === 'meaning'))
  return strong.map(({ label }) => label.toLowerCase()).join(' and ')
}

export function matchWords(match: Found['match']): string {
  return match === 'words' ? 'found by words alone' : 'found by words and meaning'
}

/** Words of every sentence: marking them would mark everything. */
const plainWords = new Set(
  'the an and are as at be by did do does for from had has have he her his how in is it its me my not of on or our she that their they this to was we were what when where which who why will with you your'.split(
    ' ',
  ),
)

/** The text in pieces, those marked that begin with a word of the query. */
export function marked(text: string, query: string): { text: string; hit: boolean }[] {
  const words = query
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 1 && !plainWords.has(word))
  if (words.length === 0) return [{ text, hit: false }]
  const pieces: { text: string; hit: boolean }[] = []
  let plain = ''
  for (const piece of text.split(/([\p{L}\p{N}]+)/u)) {
    const lower = piece.toLowerCase()
    if (piece !== '' && words.some((word) => lower.startsWith(word))) {
      if (plain !== '') pieces.push({ text: plain, hit: false })
      pieces.push({ text: piece, hit: true })
      plain = ''
    } else plain += piece
  }
  if (plain !== '') pieces.push({ text: plain, hit: false })
  return pieces
}
