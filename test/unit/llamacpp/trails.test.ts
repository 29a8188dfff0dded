import { expect, test } from 'vitest'
import { Trail, Trails } from '../../../kernel/drivers/llamacpp/trails.ts'

/** An answer of three tokens to a prompt of ten: "1", ", ", "2". */
function written(): Trail {
  const trail = new Trail()
  trail.begin('', 10)
  for (const [index, text] of ['1', ', ', '2'].entries()) trail.add(text, 11 + index)
  return trail
}

test('a place between two tokens is known by the text before it', () => {
  const trail = written()
  expect(trail.at('1, ')).toEqual({ units: 3, tokens: 12 })
  expect(trail.at('')).toEqual({ units: 0, tokens: 10 })
  expect(trail.at('1,')).toBeUndefined()
  expect(trail.at('2')).toBeUndefined()
})

test('text that was split as it was written goes on where it is, warm or cold', () => {
  const trail = written()
  const mark = { units: 3, tokens: 12 }
  expect(trail.divergence(mark, { tokens: 12, cached: 11 })).toBeNull()
  expect(trail.divergence(mark, { tokens: 12, cached: 0 })).toBeNull()
  expect(trail.divergence(mark, { tokens: 12, cached: 10 })).toBeNull()
})

test('text that was split otherwise goes on from before the difference', () => {
  const trail = written()
  const mark = { units: 4, tokens: 13 }
  // One token fewer, and all but the last the same.
  expect(trail.divergence(mark, { tokens: 12, cached: 11 })).toEqual({ units: 1, tokens: 11 })
  // As many tokens, of which the second differs.
  expect(trail.divergence(mark, { tokens: 13, cached: 11 })).toEqual({ units: 1, tokens: 11 })
  // Nothing is known but that it differs: from the start.
  expect(trail.divergence(mark, { tokens: 14, cached: 0 })).toEqual({ units: 0, tokens: 10 })
})

test('going on forgets what had been written behind', () => {
  const trail = written()
  trail.begin('1, ', 12)
  trail.add('3', 13)
  expect(trail.at('1, 2')).toBeUndefined()
  expect(trail.at('1, 3')).toEqual({ units: 4, tokens: 13 })
  expect(trail.at('1')).toEqual({ units: 1, tokens: 11 })
})

test('a text whose beginning nobody saw has one place, its end', () => {
  const trail = new Trail()
  trail.begin('1, 2', 20)
  trail.add(', ', 21)
  expect(trail.at('1, 2')).toEqual({ units: 4, tokens: 20 })
  expect(trail.at('1, ')).toBeUndefined()
  expect(trail.divergence({ units: 6, tokens: 21 }, { tokens: 25, cached: 3 })).toBeNull()
})

test('a trail is found by its conversation and the text to go on from, and two of one conversation are kept apart', () => {
  const trails = new Trails()
  const one = written()
  const other = new Trail()
  other.begin('', 10)
  other.add('9', 11)
  trails.keep('count', one)
  trails.keep('count', other)
  expect(trails.take('count', '1, ')).toBe(one)
  expect(trails.take('count', '9')).toBe(other)
  expect(trails.take('count', '9')).not.toBe(other)
  expect(trails.take('sing', '1, ')).not.toBe(one)
})
