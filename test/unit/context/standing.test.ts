import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { STANDING_PER_PAGE, STANDING_UNITS } from '../../../kernel/core/context/param.ts'
import { standingIn } from '../../../kernel/core/context/standing.ts'
import { converse } from '../../bench/memory/conversations.ts'

const HOLDING = [
  'From now on answer in French.',
  'Please always answer in one sentence.',
  'Never use emojis.',
  'My budget is 300 euros.',
  'The total travel budget for this is 4.5 thousand euros.',
  'our deadline is Friday',
  'Call me Sam.',
  'I’m allergic to peanuts.',
  'I do not eat meat.',
  'Please remember that my dog is Rosa.',
  'Keep in mind that I cannot walk far.',
  'Whenever I ask about food, mention allergies.',
  'Until further notice, book nothing.',
  'You no longer need to answer in French.',
  'Forget my budget.',
]

const PASSING = [
  'What is my budget?',
  "My sister's budget is 300 euros.",
  'I always forget my keys.',
  'He said "always be kind" and left.',
  'Never mind.',
  'Do you remember when we went there?',
  'The report is due on Friday.',
  'Add `my budget is 300` to the notes.',
  '> from now on answer in French',
  '```\nalways: true\nmy limit is 5\n```',
  'My budget was 300 euros last year.',
  'We never got there.',
  'The goalkeeper is tall.',
  'Answer this: why is the sky blue?',
]

describe('what holds until further notice', () => {
  it.each(HOLDING)('is told by how it is said: %s', (sentence) => {
    expect(standingIn(sentence)).toEqual([sentence])
  })

  it.each(PASSING)('is not what is said in passing, asked or quoted: %s', (sentence) => {
    expect(standingIn(sentence)).toEqual([])
  })

  it('is taken out of a longer message as it was written, and nothing else of it', () => {
    const text =
      'Hi! My budget is 300 euros, i.e. not much. What can I see in Rome? Always name a price. It was 3.5 km.'
    expect(standingIn(text)).toEqual(['My budget is 300 euros, i.e. not much.', 'Always name a price.'])
  })

  it('is found wherever it stands among sentences that do not count', () => {
    const sentence = fc.constantFrom(...HOLDING.filter((text) => /^[A-Z].*\.$/.test(text)))
    const others = fc.array(fc.constantFrom('The train was late.', 'What is my budget?', 'We sold the lamp.'), {
      maxLength: 5,
    })
    fc.assert(
      fc.property(others, sentence, others, fc.constantFrom(' ', '\n', '\n\n'), (before, said, after, gap) => {
        expect(standingIn([...before, said, ...after].join(gap))).toEqual([said])
      }),
    )
  })

  it('is never a question, however it is put', () => {
    fc.assert(
      fc.property(fc.constantFrom(...HOLDING), (said) => {
        expect(standingIn(said.replace(/\.?$/, '?'))).toEqual([])
      }),
    )
  })

  it('is bounded, whatever is said', () => {
    const anything = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.string({ unit: fc.constantFrom('always ', 'my ', 'budget ', 'is ', 'please ', 'and ', '. ', '"', '`', '\n') }),
    )
    fc.assert(
      fc.property(anything, (text) => {
        const found = standingIn(text.repeat(20))
        expect(found.length).toBeLessThanOrEqual(STANDING_PER_PAGE)
        for (const one of found) expect(one.length).toBeLessThanOrEqual(STANDING_UNITS)
      }),
      { numRuns: 300 },
    )
  })

  it('is hardly ever seen in chatter', () => {
    const said = [1, 2, 3, 4, 5].flatMap((seed) => converse(seed).turns.filter(({ speaker }) => speaker === 'user'))
    const taken = said.filter(({ text }) => standingIn(text).length > 0)
    console.log(`Taken for standing: ${taken.length} of ${said.length} things said in passing`)
    expect(taken.length).toBeLessThanOrEqual(said.length / 100)
  })
})
