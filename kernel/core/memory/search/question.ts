/**
 * What form an answer to a question has: a time, a number, a name; and whether a text can be an answer at all. By the words of
 * English questions (Li and Roth, "Learning Question Classifiers", 2002, has the classes); other languages are left alone.
 */
import { queryWordsOf } from './words.ts'

export type Form = 'time' | 'number' | 'name'

const ASKS: readonly (readonly [Form, RegExp])[] = [
  [
    'time',
    /\bwhen\b|\b(?:what|which) (?:time|hour|day|date|month|year|week)\b|\bdate\b|\bhow (?:long|soon)\b|\bwhat time\b/,
  ],
  [
    'number',
    /\bhow (?:much|many|high|low|old|far|wide|tall|big|large|long|warm|cold|expensive|heavy|fast|often|deep|bad)\b|\b(?:number|price|cost|size|amount|temperature|digits?|code)\b/,
  ],
  ['name', /\bwho(?:m|se)?\b|\bnamed?\b|\bcalled\b/],
]

const MONTHS = 'january|february|march|april|may|june|july|august|september|october|november|december'
/** Not "today" or "in the morning": said once, they tell nobody later when it was. */
const DAYS = 'monday|tuesday|wednesday|thursday|friday|saturday|sunday|noon|midnight'
/** Without "one", which hardly ever is a number. */
const NUMBERS = 'two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|hundred|thousand'

const HOLDS: Readonly<Record<Form, RegExp>> = {
  time: new RegExp(String.raw`\d{1,2}:\d\d|\b(?:19|20)\d\d\b|\b(?:${MONTHS}|${DAYS})s?\b`, 'i'),
  number: new RegExp(String.raw`\d|\b(?:${NUMBERS})\b`, 'i'),
  // In capitals, not at the beginning of a sentence unless it is all of it, as after a question: "Rosa."
  name: /(?<=[\p{L}\p{N},;:] )\p{Lu}\p{L}+|(?<=^|[.?!:] )\p{Lu}\p{L}+(?: \p{Lu}\p{L}+)*\.?$/u,
}

/** Empty when it does not tell. */
export function formsAskedFor(question: string): Form[] {
  const sentence = question.toLowerCase()
  return ASKS.filter(([, asks]) => asks.test(sentence)).map(([form]) => form)
}

/** 1 when a text holds one of the forms, -1 when it holds none, 0 when none is asked for. */
export function fits(forms: readonly Form[], text: string): -1 | 0 | 1 {
  if (forms.length === 0) return 0
  return forms.some((form) => HOLDS[form].test(text)) ? 1 : -1
}

/** What asks for something to be done tells as little as a question. */
const REQUEST =
  /^(?:please )?(?:can|could|would|will|shall|should|may) (?:you|we|i)\b|^(?:please |now |then )?(?:compare|describe|explain|find|give|help|imagine|let|list|look|make|name|remind|show|suggest|summari[sz]e|tell|think|translate|write)\b/i

/** With as few telling words or fewer, what is said after a question needs it to be understood: "Rosa.", "At half past six." */
const BARE_WORDS = 2

/** What a text tells: without its questions and requests, unless the rest says nothing by itself. Empty when it tells nothing. */
export function toldIn(text: string): string {
  const sentences = sentencesOf(text)
  const told = sentences.filter((sentence) => !sentence.endsWith('?') && !REQUEST.test(sentence))
  if (told.length === 0 || told.length === sentences.length) return told.length === 0 ? '' : text
  const said = told.join(' ')
  return queryWordsOf(said).length <= BARE_WORDS ? text : said
}

/** Which part of a text's sentences say something and do not ask: from 0 to 1. */
export function statedShare(text: string): number {
  const sentences = sentencesOf(text)
  const questions = sentences.filter((sentence) => sentence.endsWith('?')).length
  return sentences.length === 0 ? 0 : 1 - questions / sentences.length
}

/** What begins with something that nobody knows yet is about things in general; what may or should be is none of the facts. */
const VAGUE =
  /^(?:an?|any|each|every|many|most|no|people|several|some|somebody|someone|something|three|two) \p{L}|\b(?:can|could|may|might|should|would)\b/iu

/** Whether what a text tells is about things in general, or about what might be. */
export const isVague = (told: string): boolean => VAGUE.test(told)

const sentencesOf = (text: string): string[] => text.split(/(?<=[.?!])\s+/).filter((sentence) => sentence !== '')
