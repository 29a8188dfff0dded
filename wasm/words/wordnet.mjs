/** Reads WordNet's files (https://wordnet.princeton.edu/documentation/wndb5wn). */

const PARTS = { n: 'noun', v: 'verb', a: 'adj', r: 'adv' }

/** Words that say nothing about what they stand beside. */
const STOP_WORDS = new Set(
  (
    'a an the of or and in to that is for by with on as from used be are which who at it its not you one having being ' +
    'something someone any their has this can into was were he she they them his her some other than such more most ' +
    'especially usually made when where etc'
  ).split(' '),
)

/** Parts of speech by the number in a sense key; the last are satellites of adjectives. */
const KEY_PARTS = ['', 'n', 'v', 'a', 'r', 'a']

/** What a word in an example sentence counts, beside one in the definition. */
const EXAMPLE_WEIGHT = 0.3

/** Endings that are taken off while that leaves a word WordNet knows; its own rules ("morphy"), longest first. */
const ENDINGS = [
  ...['ies:y', 'ves:f', 'sses:ss', 'ches:ch', 'shes:sh', 'xes:x', 'zes:z', 'men:man', 's:'],
  ...['ied:y', 'ed:e', 'ed:', 'ing:e', 'ing:', 'er:', 'er:e', 'est:', 'est:e'],
].map((rule) => rule.split(':'))

/** @param {(name: string) => string} read a file of WordNet's dict folder */
export function readWordNet(read) {
  const lines = (name) =>
    read(name)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith(' '))
  const lemmas = new Set()
  const synsets = new Map()
  for (const [letter, part] of Object.entries(PARTS)) {
    for (const line of lines(`index.${part}`)) lemmas.add(line.slice(0, line.indexOf(' ')))
    for (const line of lines(`data.${part}`)) synsets.set(letter + line.slice(0, 8), synsetOf(line))
  }
  /** How often a word was met in the texts that WordNet's makers tagged, and the share of each of its senses. */
  const uses = new Map()
  const senses = new Map()
  for (const line of lines('index.sense')) {
    const [key, offset, rank, count] = line.split(' ')
    const at = key.indexOf('%')
    const word = key.slice(0, at)
    uses.set(word, (uses.get(word) ?? 0) + Number(count))
    senses.set(word, [...(senses.get(word) ?? []), [KEY_PARTS[key[at + 1]] + offset, Number(count) + 1 / Number(rank)]])
  }
  for (const all of senses.values()) {
    const total = all.reduce((sum, [, share]) => sum + share, 0)
    for (const sense of all) sense[1] /= total
  }
  return { lemmas, synsets, uses, senses }
}

function synsetOf(line) {
  const bar = line.indexOf(' | ')
  const fields = line.slice(0, bar).split(' ')
  const size = parseInt(fields[3], 16)
  const lemmas = Array.from({ length: size }, (_, at) => fields[4 + 2 * at].replace(/\(.*\)/, '').toLowerCase())
  const first = 5 + 2 * size
  const related = Array.from({ length: Number(fields[first - 1]) }, (_, at) => {
    const [symbol, offset, part] = fields.slice(first + 4 * at)
    return { symbol, id: (part === 's' ? 'a' : part) + offset }
  })
  return { lemmas, related, gloss: line.slice(bar + 3) }
}

/** The words of each synset's gloss in their base forms, how often each word stands in one, and in how many synsets. */
export function glossesOf({ lemmas, synsets }) {
  const counts = new Map()
  const holders = new Map()
  const glosses = new Map()
  const known = new Map()
  const base = (word) => {
    const found = known.get(word) ?? baseForm(word, lemmas)
    known.set(word, found)
    return found
  }
  for (const [id, { lemmas: own, gloss }] of synsets) {
    const bag = new Map()
    const [definition, ...examples] = gloss.split('; "')
    for (const [text, weight] of [[definition, 1], ...examples.map((example) => [example, EXAMPLE_WEIGHT])]) {
      for (const word of wordsOf(text)) {
        counts.set(base(word), (counts.get(base(word)) ?? 0) + 1)
        if (!STOP_WORDS.has(word) && !STOP_WORDS.has(base(word)))
          bag.set(base(word), (bag.get(base(word)) ?? 0) + weight)
      }
    }
    glosses.set(id, bag)
    const all = new Set([...bag.keys(), ...own.flatMap((lemma) => lemma.split('_').map(base))])
    for (const word of all) holders.set(word, (holders.get(word) ?? 0) + 1)
  }
  return { glosses, counts, holders }
}

const wordsOf = (text) => text.toLowerCase().match(/[a-z]+/g) ?? []

/** @param {{ has(word: string): boolean }} lemmas */
export function baseForm(word, lemmas) {
  if (lemmas.has(word)) return word
  for (const [ending, instead] of ENDINGS) {
    if (!word.endsWith(ending) || word.length - ending.length < 2) continue
    const stem = word.slice(0, -ending.length)
    if (lemmas.has(stem + instead)) return stem + instead
    // A consonant that was doubled for the ending: planned, running.
    if (ending.length > 1 && instead === '' && stem.at(-1) === stem.at(-2) && lemmas.has(stem.slice(0, -1))) {
      return stem.slice(0, -1)
    }
  }
  return word
}
