/**
 * What a sentence states, as far as it can be told without a model: of whom, which attribute, which value. English. Whatever
 * is conditional, past, several things at once or not understood states nothing: a fact that is not ended too much costs
 * little, one that is ended by mistake is knowledge lost.
 */
import { attributeOf, isDefinite, shapeOf, UNIQUE_RELATIONS, type ValueShape } from './attributes.ts'
import { filled, whole } from './frames.ts'
import { STATED_UNITS } from '../param.ts'
import type { Statement } from './statement.ts'
import { retold } from './told-changes.ts'
import { fits, momentOf, tokensOf } from './values.ts'

export interface Stated {
  readonly statements: readonly Statement[]
  /** Whether that is all that the text says. */
  readonly complete: boolean
}

const VAGUE =
  /\b(?:if|unless|maybe|perhaps|might|probably|possibly|would|could|should|used to|sometimes|often|usually|occasionally|at least|about to|planning|plan to|want to|wants to|hope|hopes|think|thinks|believe|said|says|heard|except|also|either|or|as well|too|temporarily|until|last year|back then|formerly|previously)\b|\?/i
const OPENING =
  /^(?:please\s+)?(?:(?:remember|note|fyi|actually|correction|update|also note|by the way|btw|ok|okay|so|well|hi|hello|oh)\b[:,]?\s*(?:that\s+)?)+/i
const CLOSING = /\s+(?:now|these days|currently|at the moment|nowadays|any ?more|anymore|instead|from now on)$/i
const NAME = String.raw`\p{Lu}[\p{L}\p{N}.-]*(?:\s\p{Lu}[\p{L}\p{N}.-]*){0,2}`
const WHO = String.raw`[Ii]|we|the user|user|(?:my|our)\s[\p{L}-]+|${NAME}`
const NOW = String.raw`(?:\s+(?:now|currently|actually|still))?`
const NOT = String.raw`(\s+(?:not|no longer))?`
/** Names are told by their capitals, so the first word of a sentence has to be without (`lowered`). */
const pattern = (source: string): RegExp => new RegExp(`^${source}$`, 'u')

const POSSESSED = pattern(
  String.raw`(my|our|the user'?s|user'?s|${NAME}'s|the\s[\p{L}-]+'s)\s+([\p{L}'\s-]{2,48}?)${NOW}\s+(is|are|'s|isn't|changed to|has changed to|has been changed to|became)${NOT}${NOW}\s+(.+)`,
)
const OF = pattern(
  String.raw`the\s+([\p{L}\s-]{2,32}?)\s+(?:of|for)\s+([\p{L}\p{N}\s'-]{2,40}?)${NOW}\s+(is|isn't|changed to|has changed to|has been changed to|became)${NOT}${NOW}\s+(.+)`,
)
const THE = pattern(
  String.raw`the\s+([\p{L}\p{N}\s-]{2,40}?)${NOW}\s+(is|isn't|changed to|has changed to|has been changed to|became)${NOT}${NOW}\s+(.+)`,
)
const WHEN = pattern(
  String.raw`(?:the|my|our)\s+([\p{L}\p{N}\s'-]{2,40}?)\s+(is now|is|takes place|starts|begins|(?:has been|was|is|got)\s+(?:moved|rescheduled|postponed|shifted|changed|pushed)\s+to|moved to|leaves|departs|arrives|ends|opens|closes)${NOW}\s+((?:on|at|by)\s+)?(.+)`,
)

type Relation = readonly [attribute: string, verbs: string, shape: ValueShape]
const RELATIONS: readonly (readonly [attribute: string, shape: ValueShape, match: RegExp])[] = (
  [
    [
      'live',
      String.raw`lives?\s+in|(?:am|is)\s+(?:living|based)\s+in|(?:have\s+|has\s+)?(?:just\s+)?(?:re)?(?:moved|located)\s+to|resides?\s+in`,
      'name',
    ],
    [
      'work',
      String.raw`works?\s+(?:at|for)|(?:have\s+|has\s+)?(?:just\s+)?joined|(?:am|is)\s+employed\s+(?:at|by)|(?:got|found|took|started)\s+a\s+(?:new\s+)?job\s+(?:at|with)`,
      'name',
    ],
    ['study', String.raw`stud(?:y|ies)\s+at`, 'name'],
    ['spouse', String.raw`(?:am|is)\s+married\s+to|married`, 'name'],
    ['name', String.raw`(?:am|is)\s+called|goes?\s+by`, 'name'],
    ['weight', 'weighs?', 'number'],
    ['age', String.raw`(?:have\s+|has\s+)?(?:just\s+)?turned`, 'number'],
    ['job', String.raw`works?\s+as`, 'article'],
    ['drive', 'drives?', 'article'],
    ['report', String.raw`reports?\s+to`, 'name'],
  ] satisfies Relation[]
).map(([attribute, verbs, shape]) => [
  attribute,
  shape,
  pattern(String.raw`(${WHO})${NOW}(\s+no longer|\s+do not|\s+don't|\s+does not|\s+doesn't)?\s+(?:${verbs})\s+(.+)`),
])
/** What says how something goes, and not which one it is: a diet that is going well is vegan all the same. */
const HOW_IT_GOES =
  /^(?:going|coming along|working out|doing|getting)\s|^(?:well|fine|good|great|bad|better|worse|hard|easy|tough|difficult|awful|terrible|important|ok|okay)$/i
const HAS_A_HOW = /(?:^|\s)(?:status|state|priority|mood|health|condition|weather)$/
const AGED = pattern(String.raw`(${WHO})(?:\s+am|'m|\s+is)${NOW}\s+([\p{L}\d-]+)\s+years\s+old`)
const POLAR = pattern(
  String.raw`(${WHO})${NOW}(\s+no longer|\s+do not|\s+don't|\s+does not|\s+doesn't|\s+never)?\s+(likes?|loves?|enjoys?|hates?|dislikes?|eats?|drinks?|smokes?|owns?|uses?|speaks?|plays?|has|have)\s+(.+)`,
)
const BEING = pattern(
  String.raw`(${WHO})(?:\s+am|'m|\s+is|'s)(\s+not|n't|\s+no longer)?\s+((?:an?\s+)?[\p{L}-]+(?:\s+to\s+[\p{L}\s]+)?)`,
)
const PREFERRED = pattern(String.raw`(${WHO})\s+prefers?\s+(.+?)\s+(?:to|over)\s+(.+)`)
const LIKING: Readonly<Record<string, readonly [verb: string, negated: boolean]>> = {
  love: ['like', false],
  enjoy: ['like', false],
  hate: ['like', true],
  dislike: ['like', true],
  has: ['have', false],
}

/** What a text states, one for each sentence of it that is understood. */
export function stated(text: string): Stated {
  if (text.length > STATED_UNITS) return { statements: [], complete: false }
  const clauses = text
    .normalize('NFKC')
    .replace(/[’`]/g, "'")
    .replace(/\bI'm\b/gi, 'I am')
    .replace(/\bI've\b/gi, 'I have')
    .replace(/\s+/g, ' ')
    .trim()
    .split(/[.!;](?:\s+|$)|\s*\n\s*|,?\s+(?:and|but)\s+(?=(?:my|our|i|the user)\b)/i)
    .map((clause) => clause.trim())
    .filter((clause) => clause !== '')
  const plain = text === text.toLowerCase()
  const found = clauses.map((clause) => statementsOf(clause, plain))
  return { statements: found.flat(), complete: found.every((statements) => statements.length > 0) }
}

function statementsOf(clause: string, plain: boolean): Statement[] {
  if (clause.length > 200 || VAGUE.test(clause)) return []
  const ended = /\bany ?more$/i.test(clause)
  const bare = lowered(clause.replace(OPENING, '').replace(CLOSING, '').replace(CLOSING, ''))
  const denies = /n't|\b(?:not|no)\b/i.test(bare)
  return retold(bare).flatMap((one) => {
    const statement =
      relation(one, plain) ?? possessed(one, plain) ?? moment(one) ?? filled(one) ?? polar(one) ?? whole(one)
    return statement === null || (ended && !statement.negated && !denies) ? [] : [statement]
  })
}

/** What begins with a capital only because the sentence does, without it. */
const lowered = (clause: string): string => clause.replace(/^(?:My|Our|The|We|User)\b/, (word) => word.toLowerCase())

function possessed(clause: string, plain: boolean): Statement | null {
  const match = POSSESSED.exec(clause)
  if (match) {
    const [, whose = '', what = '', verb = '', not, value = ''] = match
    const subject = ownerOf(whose)
    return subject === null ? null : valued(subject, what, value, { plain, verb, not })
  }
  const of = OF.exec(clause)
  if (of) {
    const [, what = '', subject = '', verb = '', not, value = ''] = of
    return valued(attributeOf(subject), what, value, { plain, verb, not })
  }
  const [, what, verb = '', not, value = ''] = THE.exec(clause) ?? []
  return what === undefined ? null : valued('the', what, value, { plain, verb, not })
}

function valued(
  subject: string,
  what: string,
  given: string,
  { plain, verb, not }: { plain: boolean; verb: string; not: string | undefined },
): Statement | null {
  const attribute = attributeOf(what)
  const shape = shapeOf(attribute)
  const value = given.replace(/^(?:on|at)\s+(?=.*\d|\p{Lu})/u, '')
  if (
    !shape ||
    (verb === 'are' && shape !== 'any') ||
    several(value, shape) ||
    (HOW_IT_GOES.test(value) && !HAS_A_HOW.test(attribute)) ||
    !fits(value, shape, plain && PLAIN.has(attribute))
  )
    return null
  if (attribute.endsWith('s') && verb === 'are') return null
  const statement = { subject, attribute, value, negated: not !== undefined || verb === "isn't" }
  // "Has changed to" tells of the change too.
  return /^(?:is|are|'s|isn't)$/.test(verb) ? { ...statement, exact: true } : statement
}

/** Whether it names more than one thing, or holds only at a place or a time. */
function several(value: string, shape: ValueShape): boolean {
  if (shape === 'place') return /\b(?:and|or)\b/i.test(value)
  if (shape === 'moment') return /\b(?:and|or|every|each|\w+days)\b/i.test(value)
  return (
    /\b(?:and|or|in|on|at|during|for|with|from|when|while|because|but|which|who)\b/i.test(value) ||
    (/,\s/.test(value) && shape !== 'name')
  )
}

function relation(clause: string, plain: boolean): Statement | null {
  const aged = AGED.exec(clause)
  if (aged) {
    const subject = ownerOf(aged[1] ?? '')
    return subject === null || !/\d/.test(tokensOf(aged[2] ?? '').join(''))
      ? null
      : { subject, attribute: 'age', value: aged[2] ?? '', negated: false }
  }
  for (const [attribute, shape, match] of RELATIONS) {
    const [, who, not, value = ''] = match.exec(clause) ?? []
    if (who === undefined) continue
    const subject = ownerOf(who)
    if (subject === null || several(value, shape) || !fits(value, shape, plain && PLAIN.has(attribute))) return null
    return { subject, attribute, value, negated: not !== undefined }
  }
  const [, who, one = '', other = ''] = PREFERRED.exec(clause) ?? []
  const subject = who === undefined ? null : ownerOf(who)
  if (subject === null) return null
  const pair = [attributeOf(one), attributeOf(other)].sort().join(' or ')
  return { subject, attribute: `prefer ${pair}`, value: one, negated: false }
}

/** When something definite is: "the design review is on Tuesday", "my flight leaves at 9:40". */
function moment(clause: string): Statement | null {
  const [, noun, verb = '', , value = ''] = WHEN.exec(clause) ?? []
  if (noun === undefined || !momentOf(value) || value.split(/\s+/).length > 6 || several(value, 'moment')) return null
  const subject = attributeOf(noun)
  const moved = /\b(?:now|to)$/.test(verb)
  if (!moved && !isDefinite(subject)) return null
  const side = /^(?:ends|closes|arrives)/.test(verb) ? 'end' : 'when'
  return { subject, attribute: side, value, negated: false }
}

/** What somebody does or is, or does not: only a yes and a no contradict each other. */
function polar(clause: string): Statement | null {
  const doing = POLAR.exec(clause)
  if (doing) {
    const [, who = '', not, said = '', given = ''] = doing
    const subject = ownerOf(who)
    const bare = said.toLowerCase().replace(/^(?!has$)(.*)s$/, '$1')
    const [verb, inverted] = LIKING[bare] ?? [bare, false]
    const none = /^no\s/i.test(given)
    const object = attributeOf(given.replace(/^(?:no|any|an?|the)\s+/i, ''))
    if (subject === null || object === '' || object.split(' ').length > 5) return null
    return yesOrNo(subject, `${verb} ${object}`, (not !== undefined || none) === inverted)
  }
  const [, who, not, what = ''] = BEING.exec(clause) ?? []
  const subject = who === undefined ? null : ownerOf(who)
  return subject === null ? null : yesOrNo(subject, `be ${attributeOf(what)}`, not === undefined)
}

const yesOrNo = (subject: string, attribute: string, yes: boolean): Statement => ({
  ...{ subject, attribute, value: 'yes' },
  negated: !yes,
})

/** Attributes whose values are names also when they are written without capitals: little else can follow. */
const PLAIN = new Set(['live', 'name', 'city', 'home city', 'hometown', 'home town'])

/** Who is spoken of; null when it may be one of several, or is only clear from what was said before. */
function ownerOf(who: string): string | null {
  const plain = who.toLowerCase().replace(/'s?$/, '')
  if (['i', 'my', 'we', 'our', 'the user', 'user'].includes(plain)) return 'i'
  const [first = '', relative = ''] = plain.split(' ')
  if (first === 'my' || first === 'our') return UNIQUE_RELATIONS.has(relative) ? `my ${relative}` : null
  if (first === 'the') return plain
  return /^\p{Lu}/u.test(who) && !POINTING.has(first) ? plain : null
}

/** What begins with a capital only because a sentence does. */
const POINTING = new Set(
  'it this that he she they you there here his her their its your everyone everybody someone somebody nobody each one some what who today'.split(
    ' ',
  ),
)
