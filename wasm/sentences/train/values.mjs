/**
 * What the templates' slots are filled with that is of no domain: names, days, prices, numbers. All made up, or of a list that
 * anyone would write.
 */
import { capital, list, words } from './lists.mjs'

const NAMES = `Ann Bob Clara David Emma Frank Grace Henry Ivy Jack Kate Leo Maria Noah Olivia Paul Rosa Sam Tina Victor
Wendy Yusuf Zoe Ahmed Priya Chen Yuki Lars Ingrid Pedro Lucia Omar Fatima Ravi Mei Carlos Elena Dmitri Anya Kofi Amara
Tom Sophie Martin Helen George Alice Peter Laura Simon Nina Oscar Julia Felix Hannah Marco Greta Ben Lily Max Ruth Eric
Susan Kevin Linda Brian Nadia Hugo Iris Jonas Karen Luis Mona Nick Paula Rachel Steve Teresa Walter Diana Adam Beth
Colin Daisy Edgar Fiona Gavin`
const CITIES = `Paris Berlin Madrid Rome Oslo Lisbon Vienna Prague Dublin Athens Boston Chicago Denver Seattle Dallas
Toronto Montreal Vancouver Tokyo Kyoto Seoul Shanghai Mumbai Delhi Cairo Nairobi Lagos Sydney Melbourne Auckland Lima
Bogota Santiago Havana Leeds Bristol Glasgow York Oxford Munich Hamburg Cologne Lyon Nice Milan Naples Turin Geneva
Zurich Brussels Antwerp Warsaw Krakow Budapest Helsinki Stockholm Istanbul Dubai Bangkok Hanoi Singapore Manila Austin
Miami Phoenix Atlanta Portland`
export const RELATIVES = `my sister=she, my brother=he, my mother=she, my father=he, my wife=she, my husband=he,
my daughter=she, my son=he, my aunt=she, my uncle=he, my boss=she, my neighbour=he, my roommate=he, my best friend=she,
my cousin=he, my grandmother=she, my grandfather=he, our landlord=he, my colleague=she, my girlfriend=she,
my boyfriend=he, my niece=she, my parents=they, the neighbours=they, the kids=they, my grandparents=they,
my friends=they, the twins=they`
const COLOURS =
  'red, blue, green, yellow, black, white, brown, grey, purple, orange, pink, beige, silver, dark blue, turquoise'
const SHOPS = `bakery, pharmacy, supermarket, post office, library, bank, butcher's, hardware store, gym, museum,
bookshop, pool, cinema, market, florist, garage, clinic, café, dry cleaner's, pet shop, tailor's, swimming pool,
town hall`
const PETS =
  'dog, cat, rabbit, hamster, parrot, horse, tortoise, pony, snake, lizard, goldfish, guinea pig, ferret, donkey'
const MACHINES =
  'laptop, phone, tablet, desktop computer, server, work computer, home router, old PC, games console, watch'
const DAYS = 'Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday'
const MONTHS = `January, February, March, April, May, June, July, August, September, October, November, December`
const OFTEN = `every day, every morning, twice a week, once a month, every other day, three times a year, on weekends,
every evening, once a week, now and then, every night, before work, after lunch, all the time, every summer`
const WHEN = `tomorrow, next week, tonight, on the weekend, this afternoon, next month, later today, in two weeks,
after work, tomorrow morning, at the end of the month, in an hour, next year, before the holidays`
const PAST = `yesterday, last week, last month, this morning, two days ago, last night, last summer, on the weekend,
in March, a year ago, earlier today, the other day, last Friday, three weeks ago, before lunch`
const SPAN = `two hours, half an hour, ten minutes, three days, a week, a month, all day, the whole weekend,
forty minutes, six weeks, ninety minutes, half a year, five days`
const ASK = 'do you remember, can you tell me, could you remind me, do you know, any idea, could you look up, did I say'
const TELL = 'tell me, remind me, I forgot, I wonder, I need to know, I cannot remember, let me know, look up'
export const OPENINGS = `by the way, just so you know, for the record, oh and, as I said, well, sorry, okay,
please note, remember, one more thing, so, FYI, hey, right, hm`
export const QUESTION_OPENINGS = 'hey, so, sorry, one question, quick question, well, okay, again, and, hm, tell me, oh'
export const CLOSINGS = [
  ', I think.',
  ', as far as I know.',
  ' at the moment.',
  ', believe me.',
  ', thank goodness.',
  ', apparently.',
]
const SYLLABLES =
  'ba cor del fen gra hal jun kel lum mar nov or pix quo ric sol tan ul ver wex yor zen ti na flo mi tro ka'
const ENDINGS = 'ly ix on a io ware ify ex um is era o net lab hub box pad desk'

/** The names of people and places that are said. */
export const PROPER_NAMES = new Set(words(`${NAMES} ${CITIES}`))

/** @param {ReturnType<typeof import("./random.mjs").randomFrom>} random @returns what draws a value, by slot */
export function makeValues({ below, chance, one }) {
  const code = () =>
    one([
      () => String(1000 + below(9000)),
      () => `${capital(one(words(SYLLABLES)))}${below(90) + 10}`,
      () => `${String.fromCharCode(65 + below(26))}${String.fromCharCode(65 + below(26))}-${below(900) + 100}`,
    ])()
  return {
    name: () => one(words(NAMES)),
    city: () => one(words(CITIES)),
    colour: () => one(list(COLOURS)),
    shop: () => one(list(SHOPS)),
    pet: () => one(list(PETS)),
    machine: () => one(list(MACHINES)),
    day: () => one(list(DAYS)),
    often: () => one(list(OFTEN)),
    when: () => one(list(WHEN)),
    past: () => one(list(PAST)),
    span: () => one(list(SPAN)),
    small: () => one(['two', 'three', 'four', 'five', 'six', 'no']),
    year: () => String(1970 + below(57)),
    number: () =>
      chance(0.3) ? one(words('four seven nine twelve fifteen twenty thirty forty')) : String(2 + below(80)),
    code,
    phone: () => `${100 + below(900)} ${100 + below(900)} ${10 + below(90)}`,
    brand: () => capital(one(words(SYLLABLES)) + one(words(SYLLABLES)) + one(words(ENDINGS))),
    date: () => {
      const [month, day] = [one(list(MONTHS)), 1 + below(28)]
      return one([`${month} ${day}`, `the ${ordinal(day)} of ${month}`, `${day} ${month}`])
    },
    time: () => {
      const hour = 1 + below(12)
      const minutes = one(['15', '30', '45', '10', '05'])
      return one([
        `${hour}:${minutes}`,
        `${hour} o'clock`,
        `half past ${hour}`,
        `${hour} pm`,
        `${hour} am`,
        `${hour + 11}:${minutes}`,
      ])
    },
    price: () => {
      const amount = one([1 + below(20), 5 * (1 + below(40)), 100 * (1 + below(30))])
      return one([`${amount} dollars`, `$${amount}`, `${amount} euros`, `£${amount}`, `$${amount}.${10 + below(90)}`])
    },
    ask: () => one(list(ASK)),
    tell: () => one(list(TELL)),
  }
}

function ordinal(day) {
  const ending = day > 3 && day < 21 ? 'th' : (['th', 'st', 'nd', 'rd'][day % 10] ?? 'th')
  return `${day}${ending}`
}
