/** What fills a conversation between the things worth remembering; some of it shares words with them. */
import type { Dice } from './random.ts'

const THINGS = (
  'report garden invoice printer recipe bicycle window keyboard meeting weather lamp novel train soup podcast spreadsheet ' +
  'jacket kitchen river museum photo battery curtain umbrella ticket notebook bread festival ladder mirror headphones'
).split(' ')
const PLACES = 'the office|the library|the station|town|the market|the lake|the workshop|the park|the clinic'.split('|')
const DOINGS =
  'fix|describe|sort out|clean|compare|draw|sell|find|repair|plan|paint|order|carry|measure|translate'.split('|')
const MOODS = 'tired|glad|curious|late|busy|lazy|hungry|relaxed|annoyed|proud'.split('|')

const USER = [
  'Can you help me to # the ! today?',
  'I am a bit ^ this morning, the ! did not arrive.',
  'We went to ~ and talked about the ! for an hour.',
  'Give me three ideas for a ! that is easy to #.',
  'How would you # a ! without breaking it?',
  'The ! at ~ looked old, somebody should # it.',
  'Write a short note to say that the ! is ready.',
  'I read that a ! can be better than a @, is that so?',
  'Remind me what a @ has to do with a !.',
  'Tomorrow I want to # the ! and then the @.',
  'Somebody left a ! beside the @ at ~.',
  'What is a good name for a shop that sells a ! and a @?',
]

const ASSISTANT = [
  'Happy to help. For the ! I would first # it, then look again.',
  'Three ideas: a small !, a large @, and one to #.',
  'That sounds ^. Shall we # the ! first?',
  'Here is a note: the ! is ready, and the @ will follow.',
  'A ! and a @ differ mostly in how you # them.',
  'Good plan. At ~ you can also # the @.',
]

function fill(template: string, dice: Dice): string {
  return template.replace(/[!@#~^]/g, (sign) =>
    sign === '!' || sign === '@'
      ? dice.pick(THINGS)
      : sign === '#'
        ? dice.pick(DOINGS)
        : sign === '~'
          ? dice.pick(PLACES)
          : dice.pick(MOODS),
  )
}

export const userChatter = (dice: Dice): string => fill(dice.pick(USER), dice)
export const assistantChatter = (dice: Dice): string => fill(dice.pick(ASSISTANT), dice)
