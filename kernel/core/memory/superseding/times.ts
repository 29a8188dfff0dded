/** Times in a sentence, as far as they can be compared: which parts of a date and a clock it names, and which they are. Pure. */

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const MONTH =
  /^(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)$/
const WEEKDAY = /^(mon|tues|wednes|thurs|fri|satur|sun)day(s?)$/
const CLOCK = /^(\d{1,2})(?:[:.](\d{2}))?(am|pm)?$/
const HOURS = 'one two three four five six seven eight nine ten eleven twelve'.split(' ')
/** Between the verb and the time, they only say what it is the time of. */
const BEFORE = /^((?:due|scheduled|held|collected|paid|planned|set|up|place)\s+)?(on|at|in|by|from)\s+(.+)$/

export interface Time {
  /** Which parts it names: another part is another fact. */
  readonly kind: string
  readonly value: string
  /** What stands before it. */
  readonly frame: string
}

/** The time that a phrase is, and nothing else. */
export function timeIn(phrase: string): Time | null {
  const [, participle = '', preposition = '', rest = ''] = BEFORE.exec(phrase.toLowerCase()) ?? []
  if (rest === '' || preposition === 'from') return null
  const found = new Map<string, string>()
  const words = rest
    .replace(/\b(\d{1,2})\s+(am|pm)\b/g, '$1$2')
    .replace(/\bo'clock\b/g, '')
    .split(/\s+/)
    .filter((word) => word !== '')
  let hour = preposition === 'at'
  for (const [at, word] of words.entries()) {
    if (word === 'the' || word === 'of' || word === 'on' || word === 'in') continue
    if (word === 'at') {
      hour = true
      continue
    }
    const part = partOf(word, hour, words[at - 1], words[at + 1])
    if (!part || found.has(part[0])) return null
    found.set(part[0], part[1])
  }
  if (found.size === 0) return null
  const kinds = [...found.keys()].sort()
  return {
    kind: kinds.join('+'),
    value: kinds.map((kind) => found.get(kind)).join('_'),
    frame: participle.trim(),
  }
}

function partOf(word: string, hour: boolean, before = '', after = ''): readonly [kind: string, value: string] | null {
  const [, weekday, every] = WEEKDAY.exec(word) ?? []
  if (weekday !== undefined) return [every === 's' ? 'weekdays' : 'weekday', weekday]
  if (MONTH.test(word)) return ['month', String(MONTHS.indexOf(word.slice(0, 3)) + 1)]
  if (word === 'noon' || word === 'midnight') return ['clock', word === 'noon' ? '12:00' : '0:00']
  if (/^(?:19|20)\d\d$/.test(word)) return ['year', word]
  const [, ordinal] = /^(\d{1,2})(?:st|nd|rd|th)$/.exec(word) ?? []
  if (ordinal !== undefined) return ['date', ordinal]
  if (/^\d{1,2}$/.test(word) && (MONTH.test(before) || MONTH.test(after))) return ['date', word]
  const clock = CLOCK.exec(hour && HOURS.includes(word) ? String(HOURS.indexOf(word) + 1) : word)
  if (!clock || (!hour && clock[2] === undefined && clock[3] === undefined)) return null
  const [, hours = '', minutes = '00', half] = clock
  const of12 = Number(hours) % 12
  const shown = half === 'pm' ? of12 + 12 : half === 'am' ? of12 : Number(hours)
  return ['clock', `${shown}:${minutes}`]
}
