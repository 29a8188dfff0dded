/** Words that tell what a statement is about: attributes of which a thing has one at a time, and what their values look like. */

/** What a value has to look like to be one of its attribute: "my job is stressful" says nothing about which job it is. */
export type ValueShape = 'any' | 'name' | 'number' | 'phone' | 'email' | 'moment' | 'token' | 'article' | 'place'

const words = (text: string): string[] => text.trim().split(/\s*,\s*/)

const SHAPES: Readonly<Partial<Record<ValueShape, string>>> = {
  name: `name, nickname, surname, first name, last name, boss, manager, supervisor, landlord, dentist, doctor, husband, wife,
    spouse, fiance, fiancee, girlfriend, boyfriend, employer, company, school, university, bank, insurer, hometown, home town, city,
    country, nationality, capital, mother tongue, native language, airline, gym, lawyer, accountant, therapist, owner, maintainer,
    project lead, lead, ceo, cto, assignee, contact`,
  number: `age, weight, height, salary, rent, budget, price, cost, size, shoe size, pin, code, room number, flat number, quota,
    limit, port, version, headcount, rate, mileage, score, account number, order number, passport number, licence number, zip code,
    postcode`,
  phone: 'phone number, telephone number, phone, mobile number, mobile, landline, fax number',
  email: 'email, email address, mail address',
  moment: `birthday, date of birth, anniversary, wedding anniversary, deadline, due date, release date, launch date, start date,
    end date, wedding, exam, flight, train, departure, arrival, move-in date, closing time, opening time, check-in time, bedtime,
    time, date`,
  token:
    'password, username, user name, handle, login, time zone, timezone, currency, blood type, ip address, url, domain, branch',
  article: 'job, occupation, profession, role, job title, title, car',
  place: 'address, home address, office, desk, seat, location, parking space',
  any: 'star sign, status, state, priority, diet, religion, degree, major, marital status, stack, default language, theme',
}

/** Of each attribute that has one value at a time, by its last words. */
const FUNCTIONAL = new Map<string, ValueShape>()
for (const [shape, list] of Object.entries(SHAPES)) {
  for (const attribute of words(list)) FUNCTIONAL.set(attribute, shape as ValueShape)
}

/** With one of these in front an attribute has one value, whatever it is. */
const SELECTING = new Set(words('favourite, preferred, current, maiden, main, primary, usual, go-to'))

/** People and animals of which one may have several: what holds of "my brother" may hold of another brother. */
const SEVERAL = new Set(
  words(`brother, sister, sibling, son, daughter, child, kid, friend, cousin, aunt, uncle, nephew, niece, colleague, coworker,
    neighbour, cat, dog, pet, horse, bird, student, pupil, client, customer, teammate, roommate, flatmate, grandson,
    granddaughter, grandchild, grandmother, grandfather, grandma, grandpa, team, project, server, account, card, laptop, bike`),
)

/** Those of them of which a group has one: "our team" is clear where "my team" may be another one. */
const OURS = new Set(words('team, project, server, account'))

/** People of which one has one. */
export const UNIQUE_RELATIONS = new Set(
  words(
    'wife, husband, spouse, partner, fiance, fiancee, boss, manager, mother, father, mum, mom, dad, landlord, girlfriend, boyfriend',
  ),
)

/** Things that happen again and again: which one is meant is only clear with a word before them. */
const RECURRING = new Set(
  words(`meeting, appointment, call, lesson, class, event, party, session, interview, visit, trip, delivery, bus, tram, ferry,
    shuttle, yoga, training, practice, rehearsal, course, lecture, seminar, tutorial, shift, football, swimming, choir`),
)

const SPELLINGS = new Map([
  ['favorite', 'favourite'],
  ['color', 'colour'],
  ['neighbor', 'neighbour'],
  ['fave', 'favourite'],
  ['e-mail', 'email'],
  ['telephone', 'phone'],
  ['cell', 'mobile'],
  ['zip', 'postcode'],
])

/** An attribute's words, spelt one way. */
export function attributeOf(text: string): string {
  const found = text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}' -]/gu, '')
    .split(/\s+/)
    .map((word) => SPELLINGS.get(word) ?? word)
  return found.filter((word) => word !== '').join(' ')
}

/** What values of an attribute look like, or undefined when it may have several values at a time. */
export function shapeOf(attribute: string): ValueShape | undefined {
  const parts = attribute.split(' ')
  if (parts.some(isOneOfSeveral)) return undefined
  if (SELECTING.has(parts[0] ?? '')) return SEVERAL.has(parts.at(-1) ?? '') ? undefined : 'any'
  for (let from = 0; from < parts.length; from += 1) {
    const shape = FUNCTIONAL.get(parts.slice(from).join(' '))
    if (shape) return shape
  }
  return undefined
}

/** "Brother's": it holds of one of them, and nobody said which. */
const isOneOfSeveral = (word: string): boolean => /'s?$/.test(word) && SEVERAL.has(word.replace(/'s?$/, ''))

/** Whether there may be several of what comes after "my" or "our". */
export const severalOf = (noun: string, ours: boolean): boolean => {
  const parts = noun.split(' ')
  const head = parts.at(-1) ?? ''
  return (SEVERAL.has(head) && !(ours && OURS.has(head))) || parts.some(isOneOfSeveral)
}

export const isRecurring = (noun: string): boolean => RECURRING.has(noun)

/** Whether it is clear which one is meant by these words after "the" or "my". */
export function isDefinite(noun: string): boolean {
  const parts = noun.split(' ')
  const head = parts.at(-1) ?? ''
  if (SEVERAL.has(head) || parts.some(isOneOfSeveral)) return false
  return parts.length > 1 || !RECURRING.has(head)
}

/** Countries, and parts of them that people name: a town in one of them is no other place. */
const REGIONS = new Set(
  words(`afghanistan, albania, algeria, argentina, armenia, australia, austria, azerbaijan, bangladesh, belarus, belgium, bolivia,
    bosnia, brazil, bulgaria, cambodia, cameroon, canada, chile, china, colombia, costa rica, croatia, cuba, cyprus, czechia,
    czech republic, denmark, ecuador, egypt, england, estonia, ethiopia, finland, france, georgia, germany, ghana, great britain,
    greece, guatemala, hungary, iceland, india, indonesia, iran, iraq, ireland, israel, italy, jamaica, japan, jordan, kazakhstan,
    kenya, korea, south korea, north korea, kuwait, laos, latvia, lebanon, libya, lithuania, luxembourg, malaysia, malta, mexico,
    moldova, mongolia, montenegro, morocco, myanmar, namibia, nepal, netherlands, the netherlands, holland, new zealand, nicaragua,
    nigeria, northern ireland, norway, oman, pakistan, panama, paraguay, peru, philippines, the philippines, poland, portugal,
    qatar, romania, russia, rwanda, saudi arabia, scotland, senegal, serbia, slovakia, slovenia, south africa, spain, sri lanka,
    sudan, sweden, switzerland, syria, taiwan, tanzania, thailand, tunisia, turkey, uganda, uk, the uk, ukraine,
    united kingdom, united states, uruguay, us, usa, the us, the usa, uzbekistan, venezuela, vietnam, wales, yemen, zambia, zimbabwe,
    europe, asia, africa, america, north america, south america, scandinavia, bavaria, saxony, california, texas, florida,
    ontario, quebec, catalonia, tuscany, sicily, brittany, provence, tyrol, queensland, victoria, kerala, bengal`),
)

export const isRegion = (place: string): boolean => REGIONS.has(place.toLowerCase())
