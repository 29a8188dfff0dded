/** Reads WordNet's files (https://wordnet.princeton.edu/documentation/wndb5wn) into documents of words. */

const PARTS = { n: 'noun', v: 'verb', a: 'adj', r: 'adv' }

/** Words that say nothing about what they stand beside. */
const STOP_WORDS = new Set(
  (
    'a an the of or and in to that is for by with on as from used be are which who at it its not you one having being ' +
    'something someone any their has this can into was were he she they them his her some other than such more most ' +
    'especially usually made when where etc'
  ).split(' '),
)

/** How much the words of a related synset count, by WordNet's symbol: hypernym, hyponym, derived form, similar, and so on. */
const RELATIONS = {
  ...{ '@': 0.6, '@i': 0.4, '~': 0.25, '+': 1, '&': 0.8, '^': 0.6, '*': 0.6, '>': 0.5 },
  ...{ '%p': 0.3, '#p': 0.3, '=': 0.5, $: 0.6 },
}

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
  /** How often a word was met in the texts that WordNet's makers tagged. */
  const uses = new Map()
  for (const line of lines('index.sense')) {
    const [key, , , count] = line.split(' ')
    const word = key.slice(0, key.indexOf('%'))
    uses.set(word, (uses.get(word) ?? 0) + Number(count))
  }
  return { lemmas, synsets, uses }
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

/** One bag of words for each synset, and how often each word stands in a gloss. */
export function documentsOf({ lemmas, synsets }) {
  const counts = new Map()
  const known = new Map()
  const base = (word) => {
    const found = known.get(word) ?? baseForm(word, lemmas)
    known.set(word, found)
    return found
  }
  const add = (bag, words, weight) => {
    for (const word of words) if (!STOP_WORDS.has(word)) bag.set(base(word), (bag.get(base(word)) ?? 0) + weight)
  }
  const documents = [...synsets.values()].map(({ lemmas: own, related, gloss }) => {
    const bag = new Map()
    for (const lemma of own) {
      const parts = lemma.split('_')
      add(bag, parts, parts.length > 1 ? 1 : 3)
    }
    const [definition, ...examples] = gloss.split('; "')
    for (const [text, weight] of [[definition, 1], ...examples.map((example) => [example, 0.4])]) {
      const words = wordsOf(text)
      for (const word of words) counts.set(base(word), (counts.get(base(word)) ?? 0) + 1)
      add(bag, words, weight)
    }
    for (const { symbol, id } of related) {
      const weight = RELATIONS[symbol] ?? 0
      for (const lemma of weight > 0 ? (synsets.get(id)?.lemmas.slice(0, 4) ?? []) : []) {
        const parts = lemma.split('_')
        add(bag, parts, (parts.length > 1 ? 0.8 : 2) * weight)
      }
    }
    return bag
  })
  return { documents, counts }
}

const wordsOf = (text) => text.toLowerCase().match(/[a-z]+/g) ?? []

function baseForm(word, lemmas) {
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
