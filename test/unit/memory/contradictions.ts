/**
 * Pairs of facts of which a person can say whether the second ends the first: written out where wording is the point, and put
 * together from parts where there are many. `hard` ones look like contradictions and are none.
 */
export interface Pair {
  readonly old: string
  readonly now: string
  readonly contradicts: boolean
  readonly group: string
}

const pairs = (group: string, contradicts: boolean, list: readonly (readonly [string, string])[]): Pair[] =>
  list.map(([old, now]) => ({ old, now, contradicts, group }))

const every = (
  group: string,
  contradicts: boolean,
  frames: readonly (readonly [string, string])[],
  values: readonly (readonly [string, string])[],
): Pair[] =>
  frames.flatMap(([before, after]) =>
    values.map(([one, other]) => ({
      ...{ group, contradicts },
      old: before.replace('%', one),
      now: after.replace('%', other),
    })),
  )

const COLOURS = [
  ['blue', 'green'],
  ['red', 'black'],
  ['yellow', 'dark green'],
] as const
const CITIES = [
  ['Berlin', 'Paris'],
  ['New York', 'Oslo'],
  ['Lisbon', 'San Francisco'],
] as const
const COMPANIES = [
  ['Acme', 'Globex'],
  ['Initech', 'Stark Industries'],
] as const
const PEOPLE = [
  ['Ann', 'Maria Lopez'],
  ['Tom Baker', 'Ben'],
] as const
const MOMENTS = [
  ['Friday', 'Monday'],
  ['3 March', '9 June'],
  ['March 3rd', '12 May'],
] as const

export const CONTRADICTIONS: readonly Pair[] = [
  ...every(
    'favourites',
    true,
    [
      ['my favourite colour is %', 'my favourite colour is %'],
      ['My favorite color is %.', 'my favourite colour is now %'],
      ["The user's favourite colour is %", 'Actually, my favourite colour is %.'],
      ["Ada's favourite colour is %", "Ada's favourite colour is %"],
    ],
    COLOURS,
  ),
  ...every(
    'where',
    true,
    [
      ['I live in %', 'I moved to %'],
      ['I live in %', 'I live in % now'],
      ['The user lives in %', 'I just moved to %.'],
      ['Ada lives in %', 'Ada has moved to %'],
      ['My home city is %', 'my home city is %'],
      ['I am living in %', 'I live in %'],
      ['I live in %', "I'm based in % now"],
      ['my address is 12 Elm Street, %', 'my address is 4 Oak Road, %'],
    ],
    CITIES,
  ),
  ...every(
    'work',
    true,
    [
      ['I work at %', 'I work for %'],
      ['I work for %', 'I joined %'],
      ['my employer is %', 'my employer is %'],
      ['Bob works at %', 'Bob now works at %'],
      ['I work at %', 'I got a new job at %'],
    ],
    COMPANIES,
  ),
  ...every(
    'people',
    true,
    [
      ['my manager is %', 'my manager is %'],
      ['my boss is called %', 'my boss is called %'],
      ["my wife's name is %", "my wife's name is %"],
      ['I report to %', 'I report to % now'],
      ['the project lead is %', 'the project lead is now %'],
      ['The owner of Atlas is %', 'The owner of Atlas is %'],
    ],
    PEOPLE,
  ),
  ...every(
    'moments',
    true,
    [
      ['the deadline is %', 'the deadline is %'],
      ['The deadline for Atlas is %', 'The deadline for Atlas changed to %'],
      ['my birthday is on %', 'my birthday is on %'],
      ['the design review is on %', 'the design review is on %'],
      ['the design review is on %', 'the design review has been moved to %'],
      ['my dentist appointment is on %', 'my dentist appointment is now on %'],
    ],
    MOMENTS,
  ),
  ...pairs('numbers', true, [
    ['I am 34 years old', 'I am 35 years old'],
    ['my age is 34', 'I turned 35'],
    ['my phone number is 555-1234', 'my phone number is 555-9876'],
    ['my email is ada@one.org', 'my email is ada@two.org'],
    ['the budget for Atlas is $5,000', 'the budget for Atlas is $7,500'],
    ['the wifi password is tulip', 'the wifi password is orchid'],
    ['my shoe size is 42', 'my shoe size is 43'],
    ['my rent is 900 euros', 'my rent is 950 euros'],
    ['my flight leaves at 9:40', 'my flight leaves at 11:15'],
    ['The standup call is at 9am', 'The standup call was moved to 10am'],
  ]),
  ...pairs('yes and no', true, [
    ['I like coffee', "I don't like coffee any more"],
    ['I drink coffee', 'I no longer drink coffee'],
    ['I hate mushrooms', 'I like mushrooms'],
    ['I have a car', "I don't have a car"],
    ['I am vegetarian', 'I am not vegetarian any more'],
    ['Ada is allergic to nuts', 'Ada is not allergic to nuts'],
    ['I work at Acme', 'I no longer work at Acme'],
    ['Bob smokes cigars', 'Bob does not smoke cigars'],
    ['I prefer tea over coffee', 'I prefer coffee over tea'],
    ['I own a boat', 'I sold my boat'],
  ]),
  ...pairs('how something is', true, [
    ['the status of Atlas is good', 'the status of Atlas is bad'],
    ['my current mood is great', 'my current mood is awful'],
  ]),
]

export const HARD: readonly Pair[] = [
  ...every(
    'other subject',
    false,
    [
      ['my favourite colour is %', "Ada's favourite colour is %"],
      ["Bob's favourite colour is %", "Ada's favourite colour is %"],
      ['my favourite colour is %', 'my favourite jumper is %'],
    ],
    COLOURS,
  ),
  ...every(
    'one of several',
    false,
    [
      ["my sister's name is %", "my sister's name is %"],
      ['my friend lives in %', 'my friend lives in %'],
      ['my dog is %', 'my dog is %'],
      ['my cat is called %', 'my cat is called %'],
      ['my friend is %', 'my friend is %'],
      ['I know %', 'I know %'],
      ['I met %', 'I met %'],
    ],
    PEOPLE,
  ),
  ...every(
    'past, maybe, and at times',
    false,
    [
      ['I live in %', 'I used to live in %'],
      ['I live in %', 'I lived in % as a child'],
      ['I live in %', 'I might move to %'],
      ['I live in %', 'If I get the job I live in %'],
      ['I live in %', 'In summer I live in %'],
      ['I live in %', 'I live in % in summer'],
      ['I live in %', 'I want to live in %'],
      ['I live in %', 'My brother lives in %'],
      ['I live in %', 'I was in % last week'],
      ['I live in %', 'I am flying to % on Monday'],
      ['I live in %', 'Ada said I live in %'],
    ],
    CITIES,
  ),
  ...every(
    'another meeting',
    false,
    [
      ['the design review is on %', 'the budget review is on %'],
      ['the meeting is on %', 'the meeting is on %'],
      ["Ada's birthday is on %", "Bob's birthday is on %"],
      ["my brother's birthday is on %", "my brother's birthday is on %"],
      ['the deadline for Atlas is %', 'the deadline for Borealis is %'],
    ],
    MOMENTS,
  ),
  ...pairs('more exact', false, [
    ['I live in Berlin', 'I live in Berlin, Germany'],
    ['I live in France', 'I live in Paris'],
    ['I live in Munich', 'I live in Bavaria'],
    ['my car is a Tesla', 'my car is a Tesla Model 3'],
    ['my favourite colour is blue', 'my favourite colour is dark blue'],
    ['my manager is Ann', 'my manager is Ann Smith'],
    ['the deadline is Friday', 'the deadline is Friday 3 March'],
    ['the deadline is Friday', 'the deadline is 3 March'],
    ['the design review is on Tuesday', 'the design review is at 3pm'],
    ['I work at Acme', 'I work at Acme Labs'],
  ]),
  ...pairs('the same in other words', false, [
    ['I live in NYC', 'I live in New York City'],
    ['my age is 34', 'I am thirty-four years old'],
    ['I have three cats', 'I have 3 cats'],
    ['my birthday is 3 March', 'my birthday is on March 3rd'],
    ['my flight leaves at 3pm', 'my flight leaves at 15:00'],
    ['the budget is $5,000', 'the budget is 5000 dollars'],
    ['my favourite colour is blue', "The user's favorite color is Blue."],
    ['I like tea', 'I love tea'],
    ['I am 34 years old', 'my age is 34'],
  ]),
  ...pairs('a remark', false, [
    ['my job is teaching', 'my job is stressful'],
    ['my job is a nurse', 'my job is very tiring'],
    ['my email is ada@one.org', 'my email is down'],
    ['my phone number is 555-1234', 'my phone number is private'],
    ['my manager is Ann', 'my manager is on holiday'],
    ['my manager is Ann', 'my manager is nice'],
    ['my favourite film is Alien', 'my favourite film is about a spaceship'],
    ['my car is a Volvo', 'my car is at the garage'],
    ['my flat is small', 'my flat is expensive'],
    ['my dog is brown', 'my dog is old'],
    ['the server is fast', 'the server is expensive'],
    ['the meeting is on Tuesday', 'the meeting is on the third floor'],
    ['the deadline is Friday', 'the deadline is tight'],
    ['my diet is vegan', 'my diet is going well'],
    ['my diet is vegan', 'my diet is hard'],
    ['my degree is in law', 'my degree is going badly'],
    ['my religion is Islam', 'my religion is important'],
    ['my favourite show is Dark', 'my favourite show is getting better'],
  ]),
  ...pairs('both can be', false, [
    ['I like coffee', 'I like tea'],
    ['I speak French', 'I speak German'],
    ['I have a dog', 'I have a cat'],
    ['I use Postgres', 'I use Redis'],
    ['I like coffee', "I don't like coffee in the evening"],
    ['I work at Acme', 'I also work at Globex'],
    ['I work at Acme', 'I work at night'],
    ['I am vegetarian', 'I am tired'],
    ['I am a nurse', 'I am a mother'],
    ['my favourite colours are blue and green', 'my favourite colours are blue and red'],
    ['my hobbies are chess and golf', 'my hobbies are running and golf'],
    ['I play the piano', 'I play chess'],
    ['my other dog is Max', 'my dog is Rosa'],
    ['my work email is a@b.org', 'my private email is c@d.org'],
    ['my old phone number is 555-1234', 'my phone number is 555-9999'],
    ['I prefer tea over coffee', 'I prefer trains over planes'],
    ['I have a meeting with Ann on Monday', 'I have a meeting with Bob on Friday'],
  ]),
  ...pairs('more than that is said', false, [
    ['my name is Ada and I was born in 1990', 'my name is Eve'],
    ['my favourite colour is blue, and the code of the safe is 4711', 'my favourite colour is green'],
    ['I live in Berlin. The key is under the mat.', 'I live in Paris'],
    ['I live in Berlin with Bob, who is allergic to cats', 'I live in Paris'],
  ]),
]
