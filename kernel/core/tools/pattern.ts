/**
 * Whether a text matches a regular expression, in a number of steps that is bounded: of each place of the program and each
 * place of the text it is found out once. The language's own RegExp tries all ways there are, which for some patterns is more
 * than anybody can wait for; here others wait, and the text is a model's.
 */
import { PATTERN_PLACES, PATTERN_STEPS } from './param.ts'
import { programOf } from './pattern-program.ts'
import type { Instruction, Program } from './pattern-program.ts'

/** Thrown when a text is too long for its pattern, or all texts together are for theirs. */
export class TooManySteps extends Error {}

/** Steps that are left to the check which is under way: nothing of it waits, so there is one at a time. */
let left = PATTERN_STEPS

/** Begins to count anew. To be called before each check. */
export function allowSteps(steps = PATTERN_STEPS): void {
  left = steps
}

/** @throws UnusablePattern */
export function compilePattern(source: string): (text: string) => boolean {
  const program = programOf(source)
  /** @throws TooManySteps */
  return (text) => {
    if (program.code.length * (text.length + 1) > PATTERN_PLACES) throw new TooManySteps()
    return matches(program, Array.from(text))
  }
}

function matches({ code, start }: Program, text: readonly string[]): boolean {
  const width = text.length + 1
  /** Places of the program and the text that lead nowhere, or are being looked at. */
  const seen = new Uint8Array(code.length * width)

  function runs(from: number, begin: number, last: number): boolean {
    const waiting: number[] = []
    const gone: number[] = []
    const go = (to: number, place: number): void => {
      const key = to * width + place
      if (seen[key] !== 0) return
      seen[key] = 1
      gone.push(key)
      waiting.push(key)
    }
    for (let place = last; place >= begin; place -= 1) go(from, place)
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
      if ((left -= 1) < 0) throw new TooManySteps()
      const place = key % width
      const instruction = code[(key - place) / width] ?? NOWHERE
      if (instruction.op === 'match') {
        // None of them was found to lead nowhere.
        for (const place of gone) seen[place] = 0
        return true
      }
      if (instruction.op === 'fork') {
        go(instruction.or, place)
        go(instruction.to, place)
      } else if (instruction.op === 'one') {
        const character = text[place]
        if (character !== undefined && instruction.is(character)) go(instruction.next, place + 1)
      } else if (instruction.op === 'edge') {
        if (isEdge(instruction.at, text, place)) go(instruction.next, place)
      } else if (found(instruction.body, place) === instruction.wanted) go(instruction.next, place)
    }
    return false
  }

  const known = new Map<number, boolean>()
  /** Whether what begins there matches here, whatever comes behind it. */
  function found(body: number, place: number): boolean {
    const key = body * width + place
    const before = known.get(key)
    if (before !== undefined) return before
    const is = runs(body, place, place)
    known.set(key, is)
    return is
  }

  return runs(start, 0, text.length)
}

/** No program leads out of itself. */
const NOWHERE: Instruction = { op: 'one', is: () => false, next: 0 }

const isWord = (character: string | undefined): boolean => character !== undefined && /^\w$/.test(character)

function isEdge(at: Extract<Instruction, { op: 'edge' }>['at'], text: readonly string[], place: number): boolean {
  if (at === '^') return place === 0
  if (at === '$') return place === text.length
  return (isWord(text[place - 1]) !== isWord(text[place])) === (at === '\\b')
}
