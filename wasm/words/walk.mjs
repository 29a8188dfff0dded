/**
 * What each word leads to in WordNet: personalised PageRank from the word over its senses, their relations, their words and the
 * words of their glosses, and back (Agirre and Soroa, "Personalizing PageRank for Word Sense Disambiguation", 2009; as word
 * vectors: Goikoetxea, Soroa and Agirre, "Random Walks and Neural Network Language Models on Knowledge Bases", 2015), by
 * local pushes (Andersen, Chung and Lang, "Local Graph Partitioning using PageRank Vectors", 2006).
 */

/** How readily a walk takes a relation, by WordNet's symbol: hypernym, hyponym, derived form, similar, and so on. */
const RELATIONS = {
  ...{ '@': 1, '@i': 0.5, '~': 0.5, '+': 1.2, '&': 1, '^': 0.6, '*': 0.6, '>': 0.5, '=': 0.5, $: 0.6, '!': 0.3 },
  ...{ '%p': 0.4, '#p': 0.4, '%m': 0.3, '#m': 0.3, '%s': 0.3, '#s': 0.3, ';c': 0.5, '-c': 0.1 },
}

/** From a synset: share of the walks that go to related synsets, to its own words, to words of its gloss. */
const TO_RELATED = 2
const TO_WORDS = 1.5
const TO_GLOSS = 1.5

/** From a word, beside its senses: share of the walks that go to synsets in whose gloss it stands. */
const TO_GLOSSED = 0.5

/** A word in more glosses than this leads nowhere. */
const GLOSSES = 400

/** Chance that a walk ends at each step, and what is left of one before it is no longer followed. */
const ENDS = 0.25
const LEAST = 2e-4

/** Places kept of each walk, the likeliest. */
const PLACES = 600

/**
 * @param {ReturnType<typeof import('./wordnet.mjs').readWordNet>} wordnet
 * @param {Map<string, Map<string, number>>} glosses words of each synset's gloss, in their base forms, by its id
 * @param {string[]} words from which to walk; they are the first places, the synsets follow
 * @returns {[place: number, share: number][][]} for each word where its walks end, likeliest first
 */
export function walksFrom({ synsets, senses }, glosses, words) {
  const index = new Map(words.map((word, at) => [word, at]))
  const places = new Map([...synsets.keys()].map((id, at) => [id, words.length + at]))
  const glossed = new Map()
  for (const bag of glosses.values()) for (const word of bag.keys()) glossed.set(word, (glossed.get(word) ?? 0) + 1)
  const ways = [...words.map(() => []), ...[...synsets.keys()].map(() => [])]
  const glossedBy = new Map()
  for (const [id, { lemmas, related }] of synsets) {
    const relations = related.flatMap(({ symbol, id: to }) =>
      RELATIONS[symbol] > 0 && places.has(to) ? [[places.get(to), RELATIONS[symbol]]] : [],
    )
    const own = lemmas.flatMap((lemma) => {
      const sense = senses.get(lemma)?.find(([of]) => of === id)?.[1] ?? 0.1
      if (index.has(lemma)) return [[index.get(lemma), 0.2 + sense]]
      return lemma.split('_').flatMap((part) => (index.has(part) ? [[index.get(part), 0.15]] : []))
    })
    const said = []
    for (const [word, count] of glosses.get(id) ?? []) {
      if (!index.has(word)) continue
      const telling = count * Math.max(0, Math.log(synsets.size / glossed.get(word)) - 2)
      said.push([index.get(word), telling])
      if (glossed.get(word) < GLOSSES) {
        glossedBy.set(word, [...(glossedBy.get(word) ?? []), [places.get(id), telling]])
      }
    }
    ways[places.get(id)] = mix([relations, TO_RELATED], [own, TO_WORDS], [said, TO_GLOSS])
  }
  for (const [word, at] of index) {
    const own = (senses.get(word) ?? []).map(([id, share]) => [places.get(id), share])
    ways[at] = mix([own, 1], [glossedBy.get(word) ?? [], own.length > 0 ? TO_GLOSSED : 1])
  }
  const walk = walker(ways)
  return words.map((_, at) => walk(at))
}

/** Ways of several kinds as one list whose shares sum to 1. */
function mix(...kinds) {
  const all = new Map()
  for (const [ways, weight] of kinds) {
    const total = ways.reduce((sum, [, share]) => sum + share, 0)
    if (total > 0) for (const [to, share] of ways) all.set(to, (all.get(to) ?? 0) + (weight * share) / total)
  }
  const total = [...all.values()].reduce((sum, share) => sum + share, 0)
  return [...all].map(([to, share]) => [to, share / total])
}

function walker(ways) {
  const left = new Float64Array(ways.length)
  const ended = new Float64Array(ways.length)
  return (start) => {
    const touched = new Set([start])
    const queue = [start]
    const waiting = new Set(queue)
    left[start] = 1
    for (const from of queue) {
      waiting.delete(from)
      const share = left[from]
      left[from] = 0
      ended[from] += ENDS * share
      for (const [to, way] of ways[from]) {
        left[to] += (1 - ENDS) * share * way
        touched.add(to)
        if (left[to] <= LEAST || waiting.has(to)) continue
        waiting.add(to)
        queue.push(to)
      }
    }
    const reached = []
    for (const at of touched) {
      if (ended[at] > 0) reached.push([at, ended[at]])
      left[at] = ended[at] = 0
    }
    return reached.sort((one, other) => other[1] - one[1] || one[0] - other[0]).slice(0, PLACES)
  }
}
