/** English endings: past tense, participles, the third person, plurals. Of a regular verb's spellings the commonest one. */
import { list, words } from './lists.mjs'

/** Past tense and participle of the verbs that have their own. */
const IRREGULAR = `be was been, begin began begun, bite bit bitten, blow blew blown, break broke broken,
bring brought brought, build built built, buy bought bought, catch caught caught, choose chose chosen, come came come,
cut cut cut, deal dealt dealt, dig dug dug, do did done, draw drew drawn, drink drank drunk, drive drove driven,
eat ate eaten, fall fell fallen, feed fed fed, feel felt felt, fight fought fought, find found found, fly flew flown,
forget forgot forgotten, get got got, forgive forgave forgiven, freeze froze frozen, give gave given, go went gone,
grow grew grown, hang hung hung, have had had, hear heard heard, hide hid hidden, hit hit hit, hold held held,
hurt hurt hurt, keep kept kept, know knew known, lay laid laid, lead led led, leave left left, lend lent lent,
let let let, light lit lit, lose lost lost, make made made, mean meant meant, meet met met, pay paid paid, put put put,
quit quit quit, read read read, ride rode ridden, ring rang rung, rise rose risen, run ran run, say said said,
see saw seen, seek sought sought, sell sold sold, send sent sent, set set set, sew sewed sewn, shake shook shaken,
shear sheared shorn, shoot shot shot, show showed shown, shut shut shut, sing sang sung, sit sat sat, sleep slept slept,
slide slid slid, speak spoke spoken, spend spent spent, split split split, spread spread spread, stand stood stood,
steal stole stolen, stick stuck stuck, strike struck struck, sweep swept swept, swim swam swum, swing swung swung,
take took taken, teach taught taught, tear tore torn, tell told told, think thought thought, throw threw thrown,
understand understood understood, wake woke woken, wear wore worn, win won won, wind wound wound, write wrote written,
overcome overcame overcome, undo undid undone, bind bound bound, bear bore borne, beat beat beaten, bend bent bent,
bet bet bet, cast cast cast, cost cost cost, grind ground ground, kneel knelt knelt, lie lay lain, shed shed shed,
shrink shrank shrunk, sink sank sunk, spin spun spun, swear swore sworn, weave wove woven, withdraw withdrew withdrawn,
rewrite rewrote rewritten, rebuild rebuilt rebuilt, resell resold resold`

/** Plurals that have their own. */
const PLURALS = `man men, woman women, child children, foot feet, tooth teeth, mouse mice, goose geese, person people,
knife knives, shelf shelves, leaf leaves, wife wives, wolf wolves, loaf loaves, scarf scarves, sheep sheep, deer deer,
fish fish, series series, goldfish goldfish, salesman salesmen, postman postmen, fisherman fishermen, aircraft aircraft,
dice dice, pair of jeans=pairs of jeans, chest of drawers=chests of drawers, deck of cards=decks of cards`

/** Which of the spellings is met most. */
const usualOf = (rankOf, spellings) => spellings.reduce((best, next) => (rankOf(next) < rankOf(best) ? next : best))

/**
 * @param {(word: string) => number} rankOf lower for a commoner word
 * @returns what changes a phrase: its first word as a verb, its last as a noun
 */
export function makeInflection(rankOf) {
  const irregular = new Map(list(IRREGULAR).map((line) => [words(line)[0], words(line).slice(1)]))
  const plurals = new Map(list(PLURALS).map((line) => (line.includes('=') ? line.split('=') : words(line))))
  const onFirst = (change) => (phrase) => phrase.replace(/^\S+/, change)
  const withE = (verb) => (verb.endsWith('e') ? verb : `${verb}e`)
  const soft = (verb) => verb.replace(/([^aeiou])y$/, '$1i')
  const doubled = (verb) => (/[^aeiou][aeiou][bdgklmnprtv]$/.test(verb) ? [verb + verb.at(-1)] : [])
  const regular = (verb) => usualOf(rankOf, [`${withE(soft(verb))}d`, ...doubled(verb).map((stem) => `${stem}ed`)])
  const stemOf = (verb) => (verb.endsWith('ie') ? `${verb.slice(0, -2)}y` : verb.replace(/([^eoy])e$/, '$1'))
  const toPlural = (word) =>
    plurals.get(word) ?? word.replace(/([^aeiou])y$/, '$1ie').replace(/(s|x|z|ch|sh)$/, '$1e') + 's'
  return {
    past: onFirst((verb) => irregular.get(verb)?.[0] ?? regular(verb)),
    done: onFirst((verb) => irregular.get(verb)?.[1] ?? regular(verb)),
    ing: onFirst((verb) => usualOf(rankOf, [`${stemOf(verb)}ing`, ...doubled(verb).map((stem) => `${stem}ing`)])),
    third: onFirst((verb) => (verb === 'have' ? 'has' : soft(verb).replace(/(s|x|z|ch|sh|o|[^aeiou]i)$/, '$1e') + 's')),
    plural: (phrase) => plurals.get(phrase) ?? phrase.replace(/\S+$/, toPlural),
  }
}
