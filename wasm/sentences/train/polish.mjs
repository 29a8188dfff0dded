/** As it is said: capitals, "an", contractions, sometimes an opening, sometimes typed in haste. */
import { list } from './lists.mjs'
import { CLOSINGS, OPENINGS, PROPER_NAMES, QUESTION_OPENINGS } from './values.mjs'

const startsWithName = (text) => PROPER_NAMES.has(text.split(/\W/)[0]) || /^[A-Z][a-z]+day\b/.test(text)

/** @param {string} raw a template that was filled */
export function polish(raw, { chance, one }) {
  let text = raw.replace(/\b([Aa]) (?=(?:[aeiou](?!ne\b|ni[cfotv]|se|uro)|hour|honest|heir|8|11\b|18\b))/g, '$1n ')
  if (chance(0.4)) text = text.replace(/\bI am\b(?! [^a-z])/, "I'm").replace(/\b(What|Where|Who|When) is\b/, "$1's")
  const isQuestion = /^(who|wh|how|which|do|does|is|are|can|could|did|has|have|what|when|any)\b/i.test(text)
  if (chance(0.1)) {
    const opening = one(list(isQuestion ? QUESTION_OPENINGS : OPENINGS))
    const keeps = /^([A-Z]{2,}|I\b)/.test(text) || startsWithName(text)
    text = `${opening}, ${keeps ? text : text[0].toLowerCase() + text.slice(1)}`
  }
  if (/^[^.?!]+\.$/.test(text) && chance(0.06)) text = text.slice(0, -1) + one(CLOSINGS)
  text = text.replace(/(^|[.?!] )([a-z])/g, (_, before, letter) => before + letter.toUpperCase())
  if (chance(0.08)) text = text.replace(/[.?!]$/, '')
  if (chance(0.05)) text = text.toLowerCase()
  return text
}
