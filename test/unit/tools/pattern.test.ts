/** Patterns of JSON Schemas: what they match is what RegExp matches, in a bounded number of steps. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allowSteps, compilePattern, TooManySteps } from '../../../kernel/core/tools/pattern.ts'
import { programOf, UnusablePattern } from '../../../kernel/core/tools/pattern-program.ts'

const atom = fc.constantFrom(
  'a',
  'b',
  '.',
  '\\d',
  '\\w',
  '\\S',
  '[a-c]',
  '[^a\\]-]',
  '\\.',
  '😀',
  '\\u{1F600}',
  '\\p{L}',
  '\\n',
  '-',
)
const quantifier = fc.constantFrom('', '', '*', '+', '?', '*?', '{2}', '{1,2}', '{0,1}?', '{2,}')
const { pattern } = fc.letrec<{ pattern: string; sequence: string; term: string }>((tie) => ({
  pattern: fc.array(tie('sequence'), { minLength: 1, maxLength: 2 }).map((options) => options.join('|')),
  sequence: fc.array(tie('term'), { maxLength: 3 }).map((terms) => terms.join('')),
  term: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 6, arbitrary: fc.tuple(atom, quantifier).map((parts) => parts.join('')) },
    { weight: 1, arbitrary: fc.constantFrom('^', '$', '\\b', '\\B') },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('(', '(?:', '(?<x>'), tie('pattern'), quantifier)
        .map(([open, body, many]) => `${open}${body})${many}`),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom('(?=', '(?!'), tie('pattern')).map(([open, body]) => `${open}${body})`),
    },
  ),
}))
const text = fc
  .array(fc.constantFrom('a', 'b', 'c', '1', '-', ' ', '.', '\n', '😀', 'é'), { maxLength: 8 })
  .map((all) => all.join(''))

/** Without the y V8 would also begin between the two halves of a character, where the language has no place. */
function isIn(sticky: RegExp, text: string): boolean {
  const places = [...Array.from(text).keys(), Infinity].map((count) => Array.from(text).slice(0, count).join('').length)
  return places.some((place) => {
    sticky.lastIndex = place
    return sticky.test(text)
  })
}

test('whatever the pattern and the text, they match when RegExp says so', () => {
  fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 4, maxLength: 4 }), (source, texts) => {
      let expected: RegExp
      try {
        expected = new RegExp(source, 'uy')
      } catch {
        // Such as two groups of one name.
        return
      }
      const matches = compilePattern(source)
      allowSteps()
      for (const one of texts) expect([source, one, matches(one)]).toEqual([source, one, isIn(expected, one)])
    }),
    { numRuns: 1_000 },
  )
})

test.each([
  ['(a+)+$', 'a'],
  ['^(a|a)*$', 'a'],
  ['(.*)*x', 'a'],
  ['^(?=(a*)*b)', 'a'],
  ['a*a*a*a*a*b', 'a'],
])('%s, for which RegExp would take ages, is soon known not to match', (source, character) => {
  allowSteps()
  expect(compilePattern(source)(`${character.repeat(2_000)}!`)).toBe(false)
})

test('what would take too many steps is told, and nobody waits for it', () => {
  const matches = compilePattern('^[^x]*$')
  allowSteps(100)
  expect(matches('short')).toBe(true)
  expect(() => matches('a'.repeat(1_000))).toThrow(TooManySteps)
  allowSteps()
  expect(() => matches('a'.repeat(10_000_000))).toThrow(TooManySteps)
})

test.each([
  ['(', 'Unterminated group'],
  ['(a)\\1', 'goes back to what it has matched before'],
  ['(?<n>a)\\k<n>', 'goes back to what it has matched before'],
  ['(?<=a)b', 'looks behind'],
  ['(?:a{1000}){1000}', 'repeats too much'],
])('the pattern %s is refused with its reason', (source, reason) => {
  expect(() => programOf(source)).toThrow(UnusablePattern)
  expect(() => programOf(source)).toThrow(reason)
})

test('a pattern is plain when one character at most may repeat, and nothing else can be tried twice', () => {
  const plain = (source: string): boolean => programOf(source).plain
  expect(['^x-', '^[a-z]+$', '.*', '^[A-Z_][A-Z0-9_]*$', 'a{2,3}'].map(plain)).toEqual([true, true, true, true, true])
  expect(['a*a*', '(a*)*', 'a|b', '(?=a)b', 'a?b?'].map(plain)).toEqual([false, false, false, false, false])
})
