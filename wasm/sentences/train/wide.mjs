/** What the templates ask for, of all the common words there are, so that no word is learnt from definitions alone. */

/** Of WordNet's files of nouns, by number: what one can have, what one talks about, who and where. */
const FILES = {
  thing: { '06': 9, 13: 3, '05': 2, 20: 1, 10: 1, 17: 1, 21: 1 },
  topic: { '04': 1, '09': 1, 10: 1, 12: 1, 16: 1, 19: 1, 26: 1, '07': 1, 22: 1, 14: 1, 11: 1, 27: 1 },
  person: { 18: 1 },
  event: { '04': 1, 11: 1 },
  spot: { '06': 1, 15: 2, 17: 1 },
}

/** @returns {Record<string, () => string>} what draws a value, by slot */
export function makeWide(known, inflection, { chance, one }) {
  const byKind = Object.fromEntries(Object.keys(FILES).map((kind) => [kind, []]))
  const stuffs = []
  for (const noun of known.usual('n')) {
    const { file } = known.firstOf('n', noun)
    const isCounted = known.rankOf(inflection.plural(noun)) < 60_000
    if (!isCounted && ['13', '27'].includes(file)) stuffs.push(noun)
    for (const [kind, files] of Object.entries(FILES)) {
      if (files[file] === undefined || (!isCounted && kind !== 'topic')) continue
      for (let times = 0; times < files[file]; times++) byKind[kind].push(noun)
    }
  }
  const verbs = known.usual('v').filter((verb) => known.firstOf('v', verb).frames.some((frame) => frame === '08'))
  const adjectives = known.usual('a').filter((adjective) => !/(est|ward)$/.test(adjective))
  const sided = ['in', 'near', 'behind', 'next to', 'at', 'under', 'inside', 'by', 'opposite', 'outside']
  return {
    topic: () => (chance(0.3) ? inflection.plural(one(byKind.thing)) : one(byKind.topic)),
    thing: () => (chance(0.05) ? `${one(byKind.thing)} ${one(byKind.thing)}` : one(byKind.thing)),
    stuff: () => one(stuffs),
    place: () => `${one(sided)} the ${chance(0.3) ? `${one(adjectives)} ` : ''}${one(byKind.spot)}`,
    task: () => `${one(verbs)} the ${chance(0.4) ? `${one(adjectives)} ` : ''}${one(byKind.thing)}`,
    event: () => (chance(0.15) ? `${one(byKind.topic)} ${one(byKind.event)}` : one(byKind.event)),
    person: () => one(byKind.person),
    adj: () => one(adjectives),
    verb: () => one(verbs),
  }
}
