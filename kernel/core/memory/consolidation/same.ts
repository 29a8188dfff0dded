/**
 * When two facts say the same: the same words in the same order, but for case, punctuation, articles and short forms; or one
 * statement of the same value of the same attribute, and nothing besides. Nothing that may change the meaning is passed over:
 * "likes" and "liked", 62 and 63, or who likes whom stay apart. Likeness of vectors does not count: those are alike too. Pure.
 */
import { stated } from '../superseding/statements.ts'
import { timeIn } from '../superseding/times.ts'

/** Words that add nothing to a sentence, at whatever place they stand. */
const FILLERS = new Set(['a', 'an', 'the', 'please', 'also'])

const SHORT_FORMS: readonly (readonly [RegExp, string])[] = [
  [/\bcan't\b/g, 'cannot'],
  [/\bwon't\b/g, 'will not'],
  [/n't\b/g, ' not'],
  [/\b(i)'m\b/g, '$1 am'],
  [/\b(it|he|she|that|there|who)'s\b/g, '$1 is'],
  [/'re\b/g, ' are'],
  [/'ve\b/g, ' have'],
  [/'ll\b/g, ' will'],
]

/** Equal for texts that say the same; empty for one that says nothing. */
export function sameFormOf(text: string): string {
  let plain = text.normalize('NFKC').toLowerCase().replaceAll('’', "'")
  for (const [short, long] of SHORT_FORMS) plain = plain.replace(short, long)
  // What stands inside a number or joins a name's parts belongs to it; signs and currencies tell amounts apart, and a
  // question is no fact.
  const words = plain.match(/[-+]?[\p{L}\p{N}]+(?:['.,:@/_-][\p{L}\p{N}]+)*|[\p{Sc}%°?]/gu) ?? []
  return words.filter((word) => !FILLERS.has(word)).join(' ')
}

/** What a text states, when that is one value of one thing and all that it says; undefined otherwise. */
export function statedForm(text: string): string | undefined {
  const { statements, complete } = stated(text)
  const [one] = statements
  if (!one?.exact || !complete || statements.length > 1) return undefined
  const { subject, attribute, value, negated } = one
  const { kind = '', value: time } = timeIn(`on ${value}`) ?? {}
  // For ending a fact who speaks and those who speak with them are one.
  const together = /\b(?:we|our)\b/i.test(text)
  return JSON.stringify([together, subject, attribute, kind, time ?? sameFormOf(value), negated])
}

/** Whether one fact says nothing that the other does not, and the other way round. */
export function saySame(one: string, other: string): boolean {
  if (sameFormOf(one) === sameFormOf(other)) return true
  const form = statedForm(one)
  return form !== undefined && form === statedForm(other)
}
