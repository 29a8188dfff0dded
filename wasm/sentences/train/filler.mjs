/**
 * Fills the templates of frames-1.txt and frames-2.txt. Lines up to an empty one are a frame: they are about the same.
 * {thing} is a value, {thing2} another of the kind, {thing~} says it otherwise, {thing+} is its plural; {task ed}, {task ing}
 * and {task done} are forms of a verb, {v keep} is one as it goes with {who}; [a|b] is either.
 */
import { list } from './lists.mjs'
import { RELATIVES } from './values.mjs'

/** Of whom a text is: mostly of who speaks. */
export function makeSubject(values, { next, chance, one }) {
  const first = { who: 'I', whose: 'my', their: 'my', object: 'me', am: 'am', was: 'was', many: true }
  const draw = next()
  if (draw < 0.55) return first
  if (draw < 0.63) return { who: 'we', whose: 'our', their: 'our', object: 'us', am: 'are', was: 'were', many: true }
  const [who, pronoun] = chance(0.5) ? [values.name(), 'their'] : one(list(RELATIVES)).split('=')
  const many = pronoun === 'they'
  const whose = /s$/.test(who) && many ? `${who}'` : `${who}'s`
  const their = { she: 'her', he: 'his', they: 'their', their: 'their' }[pronoun]
  return { who, whose, their, object: who, am: many ? 'are' : 'is', was: many ? 'were' : 'was', many }
}

/** Slots of which another word is taken now and then where the template asks for none. */
const SAID_OTHERWISE = new Set(['thing', 'person', 'event', 'task', 'adj', 'verb', 'topic'])

const SLOT = /\{(some )?([a-z]+)(\d?)(~?)(\+?)((?: [a-z]+)*)\}/g

/**
 * @param source by slot what draws a value, or what one is drawn of
 * @param subject of whom the texts are
 * @param language what is known of words: `values`, `known`, `synonyms`, `inflection`
 * @returns {(template: string) => string} fills all templates of a frame with the same values
 */
export function makeFiller(source, subject, { values, known, synonyms, inflection }, { chance, one }) {
  const bound = new Map()
  const valueOf = (slot, place) => {
    const key = slot + place
    if (slot === 'ask' || slot === 'tell') return values[slot]()
    if (!bound.has(key)) {
      const draw = values[slot] ?? (() => (typeof source[slot] === 'function' ? source[slot]() : one(source[slot])))
      const others = [...bound].filter(([other]) => other.replace(/\d/, '') === slot).map(([, value]) => value)
      let value = draw()
      for (let tries = 0; others.includes(value) && tries < 20; tries++) value = draw()
      bound.set(key, value)
    }
    return bound.get(key)
  }
  const alike = (slot, value) => {
    const kind = slot === 'verb' || slot === 'task' ? 'v' : slot === 'adj' ? 'a' : 'n'
    const [head, rest] = kind === 'v' ? [value.split(' ')[0], value.slice(value.split(' ')[0].length)] : [value, '']
    const others = chance(0.5) ? (synonyms.get(head) ?? known.near(kind, head)) : known.near(kind, head)
    return others.length === 0 ? value : one(others.slice(0, 4)) + rest
  }
  const conjugate = (verb) => {
    if (verb === 'be') return subject.am
    return subject.many ? verb : inflection.third(verb)
  }
  const fill = (_, some = '', slot, place, other, plural, rest) => {
    const form = rest.trim()
    if (slot === 'v') return conjugate(form === 'task' || form === 'verb' ? valueOf(form, '') : form)
    if (slot === 'who') return form === 'obj' ? subject.object : subject.who
    if (slot === 'them') return subject.object
    if (slot === 'do') return subject.many ? 'do' : 'does'
    if (slot === 'dont') return subject.many ? "don't" : "doesn't"
    if (subject[slot] !== undefined) return subject[slot]
    let value = valueOf(slot, place)
    if (other !== '' || (SAID_OTHERWISE.has(slot) && chance(0.1))) value = alike(slot, value)
    if (plural !== '') value = inflection.plural(value)
    if (form === 'ed') value = inflection.past(value)
    if (form === 'ing' || form === 'done') value = inflection[form](value)
    return some + value
  }
  return (template) => {
    let text = template
    for (let before = ''; before !== text;) {
      before = text
      text = text.replace(/\[([^[\]]*)\]/g, (_, options) => one(options.split('|')))
    }
    return text.replace(/\{v task~\}/g, () => conjugate(alike('task', valueOf('task', '')))).replace(SLOT, fill)
  }
}
