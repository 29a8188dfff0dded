/** Numbers with their units, read out of the words of a sentence, so that a fortnight is 14 days and 30 days are no month. Pure. */

const SMALL =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  )
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ')
const ORDINALS = 'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth'.split(' ')

/** Of each unit its dimension, and how many of the dimension's smallest it is. Months are no number of days. */
const UNITS = new Map<string, readonly [dimension: string, factor: number]>()
for (const [dimension, list] of Object.entries({
  time: 'second 1, sec 1, minute 60, min 60, hour 3600, hr 3600, day 86400, week 604800, fortnight 1209600',
  months: 'month 1, quarter 3, year 12, yr 12, decade 120',
  length:
    'mm 1, millimetre 1, millimeter 1, cm 10, centimetre 10, centimeter 10, m 1000, metre 1000, meter 1000, km 1000000, kilometre 1000000, kilometer 1000000',
  feet: 'inch 1, foot 12, ft 12, yard 36, mile 63360',
  mass: 'mg 1, g 1000, gram 1000, kg 1000000, kilo 1000000, kilogram 1000000, tonne 1000000000',
  pounds: 'lb 1, lbs 1',
  volume: 'ml 1, cl 10, l 1000, litre 1000, liter 1000',
  data: 'kb 1, mb 1000, gb 1000000, tb 1000000000',
  percent: '% 1, percent 1',
  euros: '€ 1, euro 1, eur 1',
  dollars: '$ 1, dollar 1, usd 1',
  sterling: '£ 1, gbp 1, quid 1',
})) {
  for (const unit of list.split(', ')) {
    const [name = '', factor = '1'] = unit.split(' ')
    UNITS.set(name, [dimension, Number(factor)])
  }
}

export interface Measure {
  /** `#` and the dimension; `#` alone for a number of things. */
  readonly hole: string
  readonly value: string
  /** Words it takes. */
  readonly words: number
}

/** The number with its unit that begins at a word. @param words in lower case */
export function measureAt(words: readonly string[], at: number): Measure | null {
  const word = words[at] ?? ''
  const [, currency = '', digits = '', unit = ''] =
    /^([€$£]?)(\d+(?:,\d{3})*(?:\.\d+)*)(%|€|[a-z]{1,2})?$/.exec(word) ?? []
  if (currency !== '') return measured(digits, currency, 1)
  if (unit !== '' && digits !== '') return UNITS.has(unit) ? measured(digits, unit, 1) : null
  const number = digits === '' ? numberOf(word) : digits
  if (number === null) return null
  const next = singular(words[at + 1] ?? '')
  return UNITS.has(next) ? measured(number, next, 2) : { hole: '#', value: plain(number), words: 1 }
}

function measured(number: string, unit: string, words: number): Measure {
  const [dimension, factor] = UNITS.get(unit) ?? [unit, 1]
  // A version or a date with a unit behind it is none.
  const value = Number(plain(number)) * factor
  return { hole: `#${dimension}`, value: Number.isNaN(value) ? number : String(Number(value.toPrecision(12))), words }
}

const plain = (number: string): string => number.replaceAll(',', '')

function numberOf(word: string): string | null {
  const small = SMALL.indexOf(word)
  if (small >= 0) return String(small)
  const [tens = '', ones] = word.split('-')
  const ten = TENS.indexOf(tens)
  if (ten < 0) return null
  const one = ones === undefined ? 0 : SMALL.indexOf(ones)
  return one < 0 || one > 9 ? null : String((ten + 2) * 10 + one)
}

/** "Third" as a number; null for what is no ordinal. Written in figures they are days of a month. */
export function ordinalOf(word: string): string | null {
  const at = ORDINALS.indexOf(word)
  return at < 0 ? null : String(at + 1)
}

const ODD = new Map([
  ['children', 'child'],
  ['people', 'person'],
  ['men', 'man'],
  ['women', 'woman'],
  ['feet', 'foot'],
  ['inches', 'inch'],
  ['centuries', 'century'],
])

/** A noun as it is for one thing, near enough to tell that two words are one noun. */
export const singular = (word: string): string =>
  ODD.get(word) ?? (word.length > 3 ? word.replace(/ies$/, 'y').replace(/([^s])s$/, '$1') : word)
