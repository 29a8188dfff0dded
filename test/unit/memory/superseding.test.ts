/** Which facts end others. Losing knowledge by mistake is worse than keeping a fact too long, so precision comes first. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stated } from '../../../kernel/core/memory/superseding/statements.ts'
import { contradicts } from '../../../kernel/core/memory/superseding/contradicts.ts'
import { CONTRADICTIONS, HARD, type Pair } from './contradictions.ts'
import { EVERYDAY } from './everyday-contradictions.ts'
import { HELD_OUT } from './held-out-contradictions.ts'
import { UNSEEN } from './unseen-contradictions.ts'

/** What memory does with two facts of one owner and scope (book.ts). */
function ends({ old, now }: Pick<Pair, 'old' | 'now'>): boolean {
  const before = stated(old)
  const [said] = before.statements
  if (!said || !before.complete || before.statements.length > 1) return false
  return stated(now).statements.some((statement) => contradicts(statement, said))
}

function figuresOf(what: string, pairs: readonly Pair[]): { precision: number; recall: number; mistaken: Pair[] } {
  const found = pairs.filter((pair) => pair.contradicts && ends(pair))
  const mistaken = pairs.filter((pair) => !pair.contradicts && ends(pair))
  const missed = pairs.filter((pair) => pair.contradicts && !ends(pair))
  const precision = found.length / (found.length + mistaken.length)
  const recall = found.length / (found.length + missed.length)
  const lines = [
    ...mistaken.map((pair) => ['wrong ', pair] as const),
    ...missed.map((pair) => ['missed', pair] as const),
  ]
  console.log(
    `superseding, ${what}: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}, ` +
      `${found.length + missed.length} contradictions, ${pairs.length - found.length - missed.length} hard negatives\n` +
      lines.map(([kind, { old, now }]) => `  ${kind} ${old} | ${now}\n`).join(''),
  )
  return { precision, recall, mistaken }
}

describe('superseding', () => {
  it('ends what is contradicted, and nothing else of what the rules were made with', () => {
    const { recall, mistaken } = figuresOf('seen', [...CONTRADICTIONS, ...HARD])
    expect(mistaken).toEqual([])
    expect(recall).toBeGreaterThan(0.95)
  })

  it('hardly ever ends what is true where nobody looked', () => {
    const { precision, recall } = figuresOf('unseen', UNSEEN)
    expect(precision).toBeGreaterThan(0.9)
    expect(recall).toBeGreaterThan(0.75)
  })

  it('knows a change of whatever is stated by an amount, a time, a place, a name or a state', () => {
    const { recall, mistaken } = figuresOf('everyday', EVERYDAY)
    expect(mistaken).toEqual([])
    expect(recall).toBeGreaterThan(0.95)
  })

  it('knows most of those where nobody looked', () => {
    const { precision, recall } = figuresOf('held out', HELD_OUT)
    expect(precision).toBeGreaterThan(0.95)
    expect(recall).toBeGreaterThan(0.75)
  })

  const texts = [...CONTRADICTIONS, ...HARD, ...UNSEEN, ...EVERYDAY, ...HELD_OUT].flatMap(({ old, now }) => [old, now])

  it('never has a fact end itself, however it is written', () => {
    const style = fc.constantFrom(
      (text: string) => text,
      (text: string) => `  ${text} `,
      (text: string) => `${text.replace(/\.$/, '')}.`,
      (text: string) => text.replace(/ /g, '  '),
      (text: string) => `Remember that ${text}`,
    )
    fc.assert(
      fc.property(fc.constantFrom(...texts), style, style, (text, one, other) => {
        expect(ends({ old: one(text), now: other(text) })).toBe(false)
      }),
    )
  })

  it('decides alike whichever of two values comes first', () => {
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.constantFrom(...texts), (one, other) => {
        const [left, right] = [stated(one).statements[0], stated(other).statements[0]]
        if (!left || !right) return
        expect(contradicts(left, right)).toBe(contradicts(right, left))
      }),
    )
  })

  it('reads any text without failing, and a long one at once', () => {
    const word = fc.constantFrom(
      'my',
      'is',
      'the',
      'I',
      'not',
      "'s",
      'and',
      'Ada',
      'lives in',
      '3pm',
      '.',
      '\n',
      'favourite',
      ',',
    )
    fc.assert(fc.property(fc.array(word, { maxLength: 60 }), (words) => void stated(words.join(' '))))
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => void stated(text)))
    expect(stated('my name is Ada. '.repeat(20_000))).toEqual({ statements: [], complete: false })
  })
})
