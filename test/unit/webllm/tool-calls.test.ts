import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSplitter, type Piece, type SplitterOptions } from '../../../kernel/drivers/webllm/tool-calls.ts'

/** Feeds parts, a token each, and ends. */
function split(parts: readonly string[], options: Partial<SplitterOptions> = {}, cut = false) {
  let ids = 0
  const splitter = createSplitter({ tools: true, stop: [], newId: () => `call_${ids++}`, ...options })
  const pieces: Piece[] = parts.flatMap((part) => (splitter.stopped ? [] : splitter.push(part, 1)))
  pieces.push(...splitter.end(cut))
  const text = pieces.map((piece) => ('text' in piece ? piece.text : '')).join('')
  const tokens = pieces.reduce((sum, piece) => sum + ('tokens' in piece ? piece.tokens : 0), 0)
  return { text, tokens, calls: pieces.flatMap((piece) => ('call' in piece ? [piece.call] : [])), pieces }
}

const CALL = '<tool_call>\n{"name": "calculate", "arguments": {"expression": "12 * 34"}}\n</tool_call>'

test('text goes out as it comes, a token each', () => {
  expect(split(['One', ', two']).pieces).toEqual([
    { text: 'One', tokens: 1 },
    { text: ', two', tokens: 1 },
  ])
})

test('a call is complete, and the text before it is kept', () => {
  const { text, calls } = split(['Let me see.', '\n', ...CALL.split(/(?=.)/s), '\n'])
  expect(text).toBe('Let me see.\n')
  expect(calls).toEqual([{ id: 'call_0', name: 'calculate', arguments: '{"expression":"12 * 34"}' }])
})

test('two calls in a row are two, and the line break between them is no text', () => {
  const { text, calls } = split([`${CALL}\n${CALL}`])
  expect(calls.map(({ id }) => id)).toEqual(['call_0', 'call_1'])
  expect(text).toBe('')
})

test('however it is cut into pieces, the same comes out', () => {
  const whole = `Let me see < that.${CALL}`
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(whole.length)), (cuts) => {
      const at = [0, ...cuts.sort((one, other) => one - other), whole.length]
      const parts = at.slice(1).map((end, index) => whole.slice(at[index], end))
      const { text, calls } = split(parts)
      expect(text).toBe('Let me see < that.')
      expect(calls).toHaveLength(1)
    }),
  )
})

test('a call whose tag is not closed counts when the model ended there', () => {
  expect(split([CALL.replace('</tool_call>', '')]).calls).toHaveLength(1)
})

test('a call that the token limit cut is left out', () => {
  const { text, calls } = split(['A', CALL.slice(0, 40)], {}, true)
  expect(calls).toEqual([])
  expect(text).toBe('A')
})

test('what looks like a call and is none is text', () => {
  expect(split(['<tool_call>hello</tool_call>!']).text).toBe('<tool_call>hello</tool_call>!')
  expect(split(['<tool_call>{"x":1}</tool_call>']).calls).toEqual([])
})

test('without tools a tag is text', () => {
  const { text, calls } = split([CALL], { tools: false })
  expect(text).toBe(CALL)
  expect(calls).toEqual([])
})

test('a stop string is never shown, not even in part', () => {
  const { pieces, text } = split(['One ', 'ST', 'OP two'], { stop: ['STOP'] })
  expect(text).toBe('One ')
  expect(pieces).toHaveLength(1)
})

test('what was held back for a stop string that did not come is shown, and all its tokens are counted', () => {
  const { text, tokens } = split(['One S', 'T', 'ART'], { stop: ['STOP'] })
  expect(text).toBe('One START')
  expect(tokens).toBe(3)
})
