/** Values of statements, compared: the same in other words, more exact, or another one. Pure. */
import { isRegion, type ValueShape } from './attributes.ts'

const NUMBERS = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
]
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const RELATIVE = ['today', 'tomorrow', 'tonight', 'noon', 'midnight']

/** Where a date or a time of day stands, as far as it is said. */
interface Moment {
  day?: string
  date?: string
  time?: string
}

/** Words of a value, spelt one way, without those that say nothing. */
export function tokensOf(value: string): string[] {
  return value
    .toLowerCase()
    .replace(/[’`]/g, "'")
    .replace(/(\d),(?=\d{3}\b)/g, '$1')
    .replace(/[$€£]\s?(\d)/g, '$1')
    .split(/[^\p{L}\p{N}'@.+#:/_-]+/u)
    .map((word) => word.replace(/^[.':-]+|[.':-]+$/g, '').replace(/^(\d+)(st|nd|rd|th)$/, '$1'))
    .map((word) => {
      const number = NUMBERS.indexOf(word)
      return number < 0 ? word : String(number)
    })
    .filter((word) => word !== '' && !SILENT.has(word))
}

const SILENT = new Set(['the', 'a', 'an', 'of', 'on', 'at', 'in', 'dollars', 'euros', 'pounds', 'years', 'old'])

export function momentOf(value: string): Moment | null {
  const moment: Moment = {}
  const text = value.toLowerCase()
  const time = /\b(\d{1,2})(?:[:.](\d{2}))?\s?(am|pm|o'clock)\b|\b(\d{1,2}):(\d{2})\b/.exec(text)
  if (time) moment.time = clockTime(time)
  const date =
    /\b(\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?([a-z]{3,9})\b|\b([a-z]{3,9})\s+(\d{1,2})(?:st|nd|rd|th)?\b|\b(\d{4}-\d\d-\d\d)\b/.exec(
      text,
    )
  const month = MONTHS.indexOf((date?.[2] ?? date?.[3] ?? '').slice(0, 3))
  if (date?.[5]) moment.date = date[5]
  else if (month >= 0) moment.date = `${month + 1}-${date?.[1] ?? date?.[4]}`
  for (const word of text.split(/[^\p{L}]+/u)) {
    if (/^(mon|tues|wednes|thurs|fri|satur|sun)day$/.test(word))
      moment.day = DAYS.find((day) => word.startsWith(day)) ?? word
    else if (RELATIVE.includes(word)) moment.day = word
  }
  return (moment.day ?? moment.date ?? moment.time) ? moment : null
}

function clockTime([, hour = '', minutes = '00', half = '', hour24 = '', minutes24 = '']: RegExpExecArray): string {
  if (hour === '') return `${Number(hour24)}:${minutes24}`
  const plain = Number(hour) % 12
  return `${half === 'pm' ? plain + 12 : half === 'am' ? plain : Number(hour)}:${minutes}`
}

/** Whether a value looks as values of its attribute do. @param plain whether names may be written without capitals */
export function fits(value: string, shape: ValueShape, plain: boolean): boolean {
  const count = value.split(/\s+/).length
  if (
    count > 8 ||
    /^(?:very|really|so|too|quite|about|like|because|that|what|when|how|not|in|on|at|for|with|from|also|always|never)\b/i.test(
      value,
    )
  ) {
    return shape === 'moment' && momentOf(value) !== null
  }
  switch (shape) {
    case 'any':
      return count <= 6
    case 'name':
    case 'place':
      return isName(value, plain) || (shape === 'place' && /\d/.test(value))
    case 'number':
      return /\d/.test(value) || tokensOf(value).some((word) => /^\d/.test(word))
    case 'phone':
      return (value.match(/\d/g)?.length ?? 0) >= 5
    case 'email':
      return /\S@\S/.test(value)
    case 'moment':
      return momentOf(value) !== null
    case 'token':
      return count <= 2
    case 'article':
      return /^an?\s/i.test(value) || isName(value, plain)
  }
}

/** In a text that is written with capitals a name begins with one; in one without, it is short. */
export function isName(value: string, plain: boolean): boolean {
  if (plain) return value.split(/\s+/).length <= 2 && !/^(?:an?|the)\s/.test(value)
  return /^(?:the\s)?[\p{Lu}\p{N}]/u.test(value)
}

/** Whether two values cannot both be right: neither says the same as the other, nor the same more exactly. */
export function differ(one: string, other: string): boolean {
  const [left, right] = [momentOf(one), momentOf(other)]
  if (left && right) {
    return (['day', 'date', 'time'] as const).some((part) => left[part] && right[part] && left[part] !== right[part])
  }
  if (left || right) return false
  if (isRegion(one.trim()) !== isRegion(other.trim())) return false
  const [mine, yours] = [tokensOf(one), tokensOf(other)]
  if (within(mine, yours) || within(yours, mine)) return false
  return !isShort(one, other) && !isShort(other, one)
}

const within = (inner: readonly string[], outer: readonly string[]): boolean => {
  const all = new Set(outer)
  return inner.every((word) => all.has(word))
}

/** Whether one is the initials of the other: NYC and New York City. */
function isShort(short: string, long: string): boolean {
  const letters = short.replace(/[.\s]/g, '')
  const initials = long
    .split(/\s+/)
    .map((word) => word[0] ?? '')
    .join('')
  return letters.length > 1 && letters === letters.toUpperCase() && letters.toLowerCase() === initials.toLowerCase()
}
