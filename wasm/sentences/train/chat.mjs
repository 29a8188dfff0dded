/**
 * The texts of the second kind that the teacher is asked about: short sentences as people say them to a personal assistant
 * about their own lives and work, and the questions they ask later. Made of templates: half of everyday words that are listed
 * by domain, half of any common word of WordNet 3.1. Templates of one frame are filled with the same values, so that texts come
 * in sets that mean the same, nearly the same or the opposite. Take nothing from test/bench: the encoder is judged by it.
 */
import { readFileSync } from 'node:fs'
import { makeFiller, makeSubject } from './filler.mjs'
import { makeInflection } from './inflection.mjs'
import { list, words } from './lists.mjs'
import { polish } from './polish.mjs'
import { randomFrom } from './random.mjs'
import { makeValues } from './values.mjs'
import { readVocabulary } from './vocabulary.mjs'
import { makeWide } from './wide.mjs'

/** The same seed, the same texts. */
const SEED = 20

/** UTF-16 units of a text. */
const LONGEST = 120

const read = (name) => readFileSync(new URL(`${name}.txt`, import.meta.url), 'utf8').trim()

/** What one does with most things. */
const VERBS =
  list(`buy, sell, clean, fix, find, move, borrow, need, check, like, return, order, bring, share, try, choose, lose,
keep, use, get, forget, replace, collect, notice, want, show, hide, pick up, pay for, look for, throw away, ask about`)

/** Everyday talk by domain. Of each a line of topics, of things, stuff, places, tasks, events, people, and adjectives. */
function readDomains() {
  return read('domains')
    .split('\n\n')
    .map((text) => {
      const [topics, things, stuffs, places, tasks, events, people, adjectives] = text.split('\n').map(list)
      const slots = { topic: topics, thing: things, stuff: stuffs, place: places, task: tasks, event: events }
      return { ...slots, person: people, adj: adjectives, verb: VERBS }
    })
}

/**
 * @param {number} count
 * @param {string[]} ranked words, the commonest first
 * @returns {string[]} all distinct; texts that follow each other are mostly about the same
 */
export function makeChat(count, ranked) {
  const random = randomFrom(SEED)
  const values = makeValues(random)
  const known = readVocabulary(ranked)
  const inflection = makeInflection(known.rankOf)
  const domains = readDomains()
  const wide = makeWide(known, inflection, random)
  const synonyms = new Map()
  for (const group of list(read('synonyms'))) {
    const [head, ...others] = words(group)
    synonyms.set(head, others)
  }
  const frames = `${read('frames-1')}\n\n${read('frames-2')}`.split('\n\n').map((text) => text.split('\n'))
  const language = { values, known, synonyms, inflection }
  const { below, chance, one } = random
  const texts = new Set()
  while (texts.size < count) {
    const source = chance(0.5) ? one(domains) : wide
    const fill = makeFiller(source, makeSubject(values, random), language, random)
    const frame = one(frames)
    const most = 3 + below(4)
    for (let times = 0; times < most && texts.size < count; times++) {
      const text = polish(fill(one(frame)), random)
      if (text.length <= LONGEST) texts.add(text)
    }
  }
  return [...texts]
}
