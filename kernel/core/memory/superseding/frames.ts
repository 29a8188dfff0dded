/**
 * What a sentence states of a subject that nobody listed: "parental leave is twelve weeks". A sentence is a frame with a hole
 * in it, and two that have the same subject and frame and different values of one kind cannot both be true: amounts, times,
 * places, names, and states that exclude each other. Everything else that is said counts as part of the frame, so that a
 * condition, another unit or another part of a thing is another fact. A sentence without a hole is contradicted by its own
 * denial only. English; what happened once, of which there may be several, or is not understood has no frame.
 */
import { isRecurring, shapeOf, attributeOf, severalOf } from './attributes.ts'
import { measureAt, ordinalOf, singular } from './measures.ts'
import type { Statement } from './statement.ts'
import { timeIn, type Time } from './times.ts'

const list = (text: string): string[] => text.trim().split(/\s+/)
const set = (text: string): ReadonlySet<string> => new Set(list(text))

/** Verbs of what lasts, in the form for one and in that for many; a verb of what happens says nothing of now. */
const LASTING = new Map<string, string>()
for (const verb of list(`cost weigh take last measure contain hold need require allow open close start begin end use sit stand
  belong earn pay get receive expire charge meet run work sleep wake go serve include ship live stay cover support accept offer
  provide listen stop count amount consist renew owe rent teach speak keep store close deliver study train`)) {
  LASTING.set(verb, verb)
  LASTING.set(verb.replace(/(?:[sxo]|[cs]h)$/, '$&e').replace(/y$/, /[aeo]y$/.test(verb) ? 'y' : 'ie') + 's', verb)
}
const BEING = new Map([...list('is are am').map((form) => [form, 'be'] as const), ['has', 'have'], ['have', 'have']])
const MODAL = set('must can may cannot')

/** How a change is told: what follows is what it is now. */
const CHANGED =
  /^(.+?)\s+(?:has\s+|have\s+|was\s+|were\s+|has been\s+|have been\s+)?(?:went up|gone up|went down|gone down|rose|risen|fell|fallen|dropped|increased|decreased|raised|lowered|reduced|cut|extended|shortened|changed|grew|grown|moved)\s+to\s+(?=\S)/i

const NAME = String.raw`(?:(?:the|Mr|Mrs|Ms|Dr)\.?\s)?\p{Lu}[\p{L}\p{N}.'&-]*(?:\s[\p{Lu}\p{N}][\p{L}\p{N}.'&-]*){0,3}`
const SOMEWHERE = new RegExp(String.raw`^((?:[a-z]+\s)?(?:in|at))\s(${NAME})$`, 'u')
const SOMEBODY = new RegExp(
  String.raw`^be ((?:led|run|managed|headed|chaired|owned|taught|hosted|staffed|maintained|written|edited|organi[sz]ed|handled|moderated|sponsored|supervised|coached|represented|insured|supplied) by|called|named)\s(${NAME})$`,
  'u',
)
const BELONGING = new RegExp(String.raw`^(belong to|go to)\s(${NAME})$`, 'u')
const PLACED = set('be live stay sit stand store keep meet take')
const ROLE = new RegExp(
  String.raw`^(${NAME})\s(?:is|became|took over as)\s(?:now\s)?(my|our|the)\s([\p{L}\s-]{2,40}?)(?:\s(?:of|for|at)\s(.+))?$`,
  'u',
)

/** States of which a thing is in one at a time. */
const STATES = new Map<string, string>()
for (const states of [
  'open closed shut merged',
  'on off',
  'enabled disabled',
  'up down',
  'online offline',
  'locked unlocked',
  'paid unpaid overdue',
  'full empty',
  'single married engaged divorced widowed',
  'optional mandatory compulsory',
  'allowed forbidden prohibited banned',
  'private public',
  'working broken',
  'available unavailable',
  'active inactive',
  'alive dead',
  'present absent',
  'approved rejected pending',
  'red blue green yellow black white grey gray orange purple pink brown beige silver',
]) {
  const [group = ''] = states.split(' ')
  for (const state of states.split(' ')) STATES.set(state, group)
}

const UNCLEAR =
  set(`it this that these those he she they there here his her its their someone somebody everyone everybody nobody
  one some any another each every many most few several all both no other in on at if when after before during since with for
  from by as to and or what who which why how you your`)
const PAST = /\b(?:was|were|wasn't|weren't|had|hadn't|did|didn't|been)\b/i
const NOT_FOR_LONG = /\b(?:today|tonight|tomorrow|yesterday|this|right now|last|ago)\b/i
const ABOUT =
  /\b(?:and|or|about|around|roughly|nearly|almost|over|under|more|less|up to|between|only|while|because|but|which|who|when)\b/i
/** Of these there is one price or length, also when "a" stands before it. */
const OF_ANY = set('cost take last weigh')

const DENIAL = /\s(?:(?:do|does)\s+not|not|no longer|never)\b/gi

interface Parts {
  readonly subject: string
  readonly verb: string
  /** As it was written. */
  readonly rest: string
  /** Whether the verb has the form for several. */
  readonly many: boolean
}

/** A sentence that says so, and whether it was a denial of it. */
interface Said {
  readonly text: string
  readonly negated: boolean
}

/** What fills the hole of a sentence. @param clause without what opens and closes it, and nothing vague */
export function filled(clause: string): Statement | null {
  if (NOT_FOR_LONG.test(clause) || /,(?!\d{3}\b)/.test(clause)) return null
  const role = roleIn(clause)
  if (role) return role
  const changed = CHANGED.exec(clause)
  const said = affirmed(changed ? `${changed[1] ?? ''} is ${clause.slice(changed[0].length)}` : clause)
  if (!said || PAST.test(said.text)) return null
  const parts = partsOf(said)
  const statement = parts && typed(parts, said.negated, changed !== null)
  return statement && (changed ? statement : { ...statement, exact: true })
}

/** The whole of a sentence, which only its denial contradicts. @param clause as for `filled` */
export function whole(clause: string): Statement | null {
  if (NOT_FOR_LONG.test(clause) || PAST.test(clause)) return null
  const said = affirmed(clause)
  const words = said?.text.toLowerCase().match(/[\p{L}\p{N}'-]+/gu) ?? []
  const [first = '', second = ''] = words
  if (
    !said ||
    words.length < 2 ||
    words.length > 12 ||
    (first !== 'i' && first !== 'we' && subjectOf(`${first} ${second}`, '') === null)
  )
    return null
  const attribute = words
    .map(stem)
    .filter((word) => !FILLING.has(word))
    .join(' ')
  return { subject: '', attribute, value: 'yes', negated: said.negated }
}

/** Null when it denies more than once. */
function affirmed(clause: string): Said | null {
  const plain = clause.replace(/\bcan(?:'t|not)\b/gi, 'can not').replace(/n't\b/gi, ' not')
  const denials = plain.match(DENIAL)?.length ?? 0
  return denials > 1 ? null : { text: plain.replace(DENIAL, ''), negated: denials === 1 }
}

function typed(parts: Parts, negated: boolean, moved: boolean): Statement | null {
  const { subject, verb, rest } = parts
  if (rest === '' || ABOUT.test(rest)) return null
  const fill = (frame: string, value: string): Statement => ({ subject, attribute: `${verb} ${frame}`, value, negated })
  const time = timeIn(rest)
  if (time) return timeIsOne(parts, time, moved) ? fill(`${time.frame} ${time.kind}`, time.value) : null
  if (PLACED.has(verb)) {
    const [, how = '', place] = SOMEWHERE.exec(moved ? `in ${rest}` : rest) ?? []
    if (place) return fill(how.toLowerCase().replace(/^(?:based|located|hosted|situated|held)\s/, ''), place)
  }
  const [, way = '', name] = BELONGING.exec(`${verb} ${rest}`) ?? SOMEBODY.exec(`${verb} ${rest}`) ?? []
  // Somebody goes to places; letters go to somebody.
  if (name && (way !== 'go to' || (parts.many && subject !== 'i'))) return fill(way, name)
  const group = verb === 'be' ? STATES.get(rest.toLowerCase()) : undefined
  // Marked, as small words count for nothing where values are compared.
  if (group) return fill(group, `_${rest.toLowerCase()}`)
  return numbers(parts, fill)
}

/** Every number is a hole, and the words around them are the frame. */
function numbers({ rest }: Parts, fill: (frame: string, value: string) => Statement): Statement | null {
  const words = rest.toLowerCase().split(' ')
  const frame: string[] = []
  const values: string[] = []
  for (let at = 0; at < words.length; at += 1) {
    const measure = measureAt(words, at)
    const ordinal = measure ? null : ordinalOf(words[at] ?? '')
    if (measure) {
      frame.push(measure.hole)
      values.push(measure.value)
      at += measure.words - 1
    } else if (ordinal) {
      frame.push('#th')
      values.push(ordinal)
    } else frame.push(articleless(singular(words[at] ?? '')))
  }
  return values.length === 0 || words.length > 10
    ? null
    : fill(frame.filter((word) => word !== '').join(' '), values.join('_'))
}

const articleless = (word: string): string => (word === 'the' ? '' : word === 'per' || word === 'an' ? 'a' : word)

/** Whether it has one such time: of what happens again and again that is not clear. */
function timeIsOne({ subject, verb }: Parts, { kind, frame }: Time, moved: boolean): boolean {
  if (moved) return true
  if (isRecurring(subject.split(' ').at(-1) ?? '')) return false
  return verb !== 'be' || frame !== '' || !kind.includes('weekday') || subject.includes(' ')
}

/** "Ann is our tech lead" says of our tech lead what "our tech lead is Ann" does. */
function roleIn(clause: string): Statement | null {
  const [, value = '', whose = '', what = '', of] = ROLE.exec(clause) ?? []
  const attribute = attributeOf(what)
  if (value === '' || shapeOf(attribute) !== 'name') return null
  const subject = of ? attributeOf(of) : whose === 'the' ? 'the' : 'i'
  return UNCLEAR.has(value.toLowerCase()) ? null : { subject, attribute, value, negated: false, exact: true }
}

/** Takes a sentence apart at its verb. */
function partsOf({ text, negated }: Said): Parts | null {
  const words = text.replace(/\b(?:now|currently|already|still)\s+/gi, '').split(' ')
  for (let at = 1; at < Math.min(words.length, 8); at += 1) {
    const word = (words[at] ?? '').toLowerCase()
    const verb = BEING.get(word) ?? (MODAL.has(word) ? word : lastingAt(words, at, negated))
    if (verb === undefined) continue
    const subject = subjectOf(words.slice(0, at).join(' '), verb)
    return subject === null ? null : { subject, verb, rest: words.slice(at + 1).join(' '), many: verb === word }
  }
  return null
}

/** Without an "s" it is one only of several, or of whoever speaks: "annual leave is" has no verb "leave". */
function lastingAt(words: readonly string[], at: number, negated: boolean): string | undefined {
  const word = (words[at] ?? '').toLowerCase()
  const verb = LASTING.get(word)
  const before = words[at - 1] ?? ''
  return verb === word && !negated && !/^(?:i|we)$/i.test(before) && !/[^'s]s$/.test(before) ? undefined : verb
}

/** Null when it may be one of several. */
function subjectOf(text: string, verb: string): string | null {
  const words = attributeOf(text).split(' ')
  const [first = '', ...others] = words
  if (first === 'i' || first === 'we' || (first === 'user' && others.length === 0))
    return others.length === 0 ? 'i' : null
  if (first === 'the' && others[0] === 'user' && others.length === 1) return 'i'
  if (UNCLEAR.has(first) || words.length > 8) return null
  if (first === 'a' || first === 'an') return OF_ANY.has(verb) ? others.join(' ') : null
  if (first === 'the') return others.length === 0 ? null : others.join(' ')
  if (first !== 'my' && first !== 'our') return words.join(' ')
  return severalOf(others.join(' '), first === 'our') ? null : `my ${others.join(' ')}`
}

/** Forms of one verb alike, near enough: only sentences of the same words are compared. */
const stem = (word: string): string =>
  word.length < 4
    ? word
    : word
        .replace(/ies$/, 'y')
        .replace(/(?:ing|es|s|e)$/, '')
        .replace(/([bdfgmnprt])\1$/, '$1')

const FILLING = set('now currently still already the a an any')
