/**
 * Long conversations with known answers. Each holds facts of the user's, said in passing among chatter, changed, corrected
 * or given as a bare answer; the same facts of other people as distractors; and questions with the turns that answer them.
 */
import { assistantChatter, userChatter } from './chatter.ts'
import { createDice, type Dice } from './random.ts'
import type { Topic } from './topic.ts'
import { TOPICS } from './topics.ts'

export interface SaidTurn {
  /** Place in the conversation. */
  readonly index: number
  readonly speaker: 'user' | 'assistant'
  readonly text: string
  /** Milliseconds since 1970. */
  readonly at: number
}

export type Category =
  /** The question has a telling word of what was said. */
  | 'same words'
  /** It has none. */
  | 'other words'
  /** Said, and replaced later. */
  | 'updated'
  /** Said, and corrected as wrong. */
  | 'contradicted'
  /** Said once, 300 turns ago or more. */
  | 'long ago'
  /** Somebody else's, though the user has one too. */
  | "another person's"
  /** The assistant asked, and the answer alone says little. */
  | 'bare answer'

export interface Asked {
  readonly category: Category
  readonly text: string
  /** Index of the turn that answers it. */
  readonly evidence: number
}

export interface Conversation {
  readonly turns: readonly SaidTurn[]
  readonly asked: readonly Asked[]
}

/** A conversation in which a third of the topics is never spoken of, and questions about those. */
export interface Ignorance {
  readonly turns: readonly SaidTurn[]
  readonly asked: readonly string[]
}

const LENGTH = 640
/** What is `long ago` is said before this turn. */
const EARLY = LENGTH - 320
const MINUTE_MS = 60_000
const BEGAN = Date.UTC(2026, 0, 5, 9)
const PEOPLE = ["Ann's", "Tom's", "Priya's", "my sister's", "my neighbour's", "my colleague's"]
const PLAN: readonly (readonly [Category, number])[] = [
  ...([
    ['same words', 5],
    ['other words', 6],
    ['updated', 5],
    ['contradicted', 4],
  ] as const),
  ...([
    ['long ago', 4],
    ["another person's", 3],
    ['bare answer', 3],
  ] as const),
]

interface Question {
  readonly category: Category
  readonly text: string
  /** Which of the event's lines answers it. */
  readonly line: number
}

/** One or more turns to be said at a place, in order. */
interface Event {
  readonly place: number
  readonly lines: readonly { speaker: SaidTurn['speaker']; text: string }[]
  readonly question?: Question
}

export function converse(seed: number, about: readonly Topic[] = TOPICS): Conversation {
  const dice = createDice(seed)
  const topics = dice.shuffle(about)
  const events: Event[] = []
  for (const [category, count] of PLAN) {
    for (let n = 0; n < count; n += 1) {
      const topic = topics.pop()
      if (topic) events.push(...eventsOf(category, topic, dice))
    }
  }
  events.sort((one, other) => one.place - other.place)
  return lay(events, dice)
}

export function converseWithout(seed: number, about: readonly Topic[] = TOPICS): Ignorance {
  const left = (at: number): boolean => (at + seed) % 3 === 0
  return {
    turns: converse(
      seed,
      about.filter((_, at) => !left(at)),
    ).turns,
    asked: about
      .filter((_, at) => left(at))
      .flatMap(({ asked, otherwise }) => [asked, otherwise])
      .map((text) => put(text, 'my', '')),
  }
}

function eventsOf(category: Category, topic: Topic, dice: Dice): Event[] {
  const values = dice.shuffle(topic.values)
  const value = (): string => values.pop() ?? topic.values[0] ?? ''
  const early = (): number => dice.roll(EARLY)
  const said = (whose: string, place: number, question?: Question): Event => ({
    place,
    lines: [{ speaker: 'user', text: put(dice.pick(topic.said), whose, value()) }],
    ...(question === undefined ? {} : { question }),
  })
  const ask = (text: string, whose = 'my', line = 0): Question => ({ category, text: put(text, whose, ''), line })
  const replaced = (text: string, question: Question): Event => ({
    place: EARLY + dice.roll(LENGTH - EARLY),
    lines: [{ speaker: 'user', text }],
    question,
  })
  const [one, other] = dice.shuffle(PEOPLE)
  if (one === undefined || other === undefined) throw new RangeError('There are too few people.')
  const distractors = [said(one, dice.roll(LENGTH)), said(other, dice.roll(LENGTH))]
  const either = dice.roll(2) === 0 ? topic.asked : topic.otherwise
  switch (category) {
    case 'same words':
      return [...distractors, said('my', dice.roll(LENGTH), ask(topic.asked))]
    case 'other words':
      return [...distractors, said('my', dice.roll(LENGTH), ask(topic.otherwise))]
    case 'long ago':
      return [...distractors, said('my', early(), ask(either))]
    case 'updated':
      return [...distractors, said('my', early()), replaced(put(topic.changed, 'my', value()), ask(either))]
    case 'contradicted': {
      const text = `No, that was wrong: ${put(dice.pick(topic.said), 'my', value())}`
      return [...distractors, said('my', early()), replaced(text, ask(either))]
    }
    case "another person's":
      return [
        said('my', dice.roll(LENGTH)),
        said(other, dice.roll(LENGTH)),
        said(one, dice.roll(LENGTH), ask(topic.asked, one)),
      ]
    case 'bare answer': {
      const question = put(topic.prompt, 'my', '')
      const lines = [
        { speaker: 'assistant', text: question },
        { speaker: 'user', text: `${value()}.` },
      ] as const
      return [...distractors, { place: dice.roll(LENGTH), lines, question: ask(either, 'my', 1) }]
    }
  }
}

const put = (template: string, whose: string, value: string): string =>
  template.replaceAll('@', whose).replaceAll('%', value)

/** Says everything in order, with chatter in between so that each event comes near its place. */
function lay(events: readonly Event[], dice: Dice): Conversation {
  const turns: SaidTurn[] = []
  const asked: Asked[] = []
  let at = BEGAN
  const say = (speaker: SaidTurn['speaker'], text: string): void => {
    at += MINUTE_MS * (1 + dice.roll(speaker === 'assistant' ? 1 : 30))
    turns.push({ index: turns.length, speaker, text, at })
  }
  const pending = [...events]
  while (turns.length < LENGTH || pending.length > 0) {
    const next = pending[0]
    if (next && (next.place <= turns.length || turns.length >= LENGTH)) {
      pending.shift()
      const first = turns.length
      for (const { speaker, text } of next.lines) say(speaker, text)
      const { question } = next
      if (question) asked.push({ category: question.category, text: question.text, evidence: first + question.line })
    } else say('user', userChatter(dice))
    say('assistant', assistantChatter(dice))
  }
  return { turns, asked }
}
