/**
 * A regular expression of a JSON Schema as a program for pattern.ts: instructions that look at one character or go elsewhere
 * (Thompson, "Regular Expression Search Algorithm", 1968). What stands for one character is left to the language's own RegExp,
 * so that classes and properties of Unicode mean what they mean there. Pure.
 */
import { PATTERN_INSTRUCTIONS } from './param.ts'

export type Instruction =
  | { readonly op: 'one'; readonly is: (character: string) => boolean; readonly next: number }
  /** Goes on at both. */
  | { readonly op: 'fork'; to: number; readonly or: number }
  | { readonly op: 'edge'; readonly at: '^' | '$' | '\\b' | '\\B'; readonly next: number }
  /** Goes on when what begins at `body` matches here, or does not. */
  | { readonly op: 'look'; readonly body: number; readonly wanted: boolean; readonly next: number }
  | { readonly op: 'match' }

export interface Program {
  readonly code: readonly Instruction[]
  readonly start: number
  /** One character after the other, of which one at most may repeat: RegExp itself is quick with it. */
  readonly plain: boolean
}

/** Its message says why, for whoever wrote the pattern. */
export class UnusablePattern extends Error {}

/** Writes an expression in front of what follows it, and says where it begins. May be called again for a copy. */
type Part = (next: number) => number

/** @throws UnusablePattern for what is no regular expression, and for the few that go back to what was matched before */
export function programOf(source: string): Program {
  try {
    new RegExp(source, 'u')
  } catch (error) {
    throw new UnusablePattern(error instanceof Error ? error.message : String(error))
  }
  const code: Instruction[] = []
  let at = 0
  let [quantified, grouped] = [0, false]

  const refuse = (what: string): UnusablePattern => new UnusablePattern(`the pattern ${source} ${what}.`)
  function put(instruction: Instruction): number {
    if (code.length >= PATTERN_INSTRUCTIONS) throw refuse('repeats too much')
    return code.push(instruction) - 1
  }
  /** What the text goes on with, when that is so. */
  function take(form: RegExp): string | undefined {
    form.lastIndex = at
    const [found] = form.exec(source) ?? []
    at += found?.length ?? 0
    return found
  }

  function either(): Part {
    const options = [sequence()]
    while (take(/\|/y) !== undefined) {
      grouped = true
      options.push(sequence())
    }
    return (next) => options.map((option) => option(next)).reduceRight((or, to) => put({ op: 'fork', to, or }))
  }

  function sequence(): Part {
    const terms: Part[] = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') terms.push(term())
    return (next) => terms.reduceRight((after, one) => one(after), next)
  }

  function term(): Part {
    const edge = take(/\^|\$|\\[bB]/y) as '^' | '$' | '\\b' | '\\B' | undefined
    if (edge !== undefined) return (next) => put({ op: 'edge', at: edge, next })
    const look = take(/\(\?[=!]/y)
    if (look !== undefined) {
      const body = group()
      return (next) => put({ op: 'look', body: body(put({ op: 'match' })), wanted: look === '(?=', next })
    }
    if (take(/\((?:\?:|\?<(?![=!])[^>]*>|(?!\?))/y) !== undefined) return repeated(group())
    if (source[at] === '(') throw refuse('looks behind, or changes what it is sensitive to')
    return repeated(one())
  }

  function group(): Part {
    grouped = true
    const body = either()
    at += 1
    return body
  }

  /** One character, or a set of them. */
  function one(): Part {
    const written =
      take(/\[(?:\\.|[^\\\]])*\]/suy) ??
      take(
        /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u\{[\da-fA-F]+\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|c[A-Za-z]|[pP]\{[^}]*\}|0|[^1-9k])/suy,
      )
    if (written !== undefined) {
      const same = new RegExp(`^${written}$`, 'u')
      return (next) => put({ op: 'one', is: (character) => same.test(character), next })
    }
    if (source[at] === '\\') throw refuse('goes back to what it has matched before')
    const literal = take(/./suy) ?? ''
    const is = literal === '.' ? (character: string) => !/[\n\r\u2028\u2029]/.test(character) : undefined
    return (next) => put({ op: 'one', is: is ?? ((character) => character === literal), next })
  }

  function repeated(part: Part): Part {
    const written = take(/[*+?]|\{\d+(?:,\d*)?\}/y)
    if (written === undefined) return part
    take(/\?/y)
    quantified += 1
    const [least, most] = countsOf(written)
    return (next) => {
      let begin = next
      if (most === Infinity) {
        const fork = { op: 'fork' as const, to: 0, or: next }
        begin = put(fork)
        fork.to = part(begin)
      } else for (let more = least; more < most; more += 1) begin = put({ op: 'fork', to: part(begin), or: next })
      for (let more = 0; more < least; more += 1) begin = part(begin)
      return begin
    }
  }

  const whole = either()
  const start = whole(put({ op: 'match' }))
  return { code, start, plain: !grouped && quantified <= 1 }
}

function countsOf(written: string): [least: number, most: number] {
  if (written === '*') return [0, Infinity]
  if (written === '+') return [1, Infinity]
  if (written === '?') return [0, 1]
  const [least = '', most] = written.slice(1, -1).split(',')
  return [Number(least), most === undefined ? Number(least) : most === '' ? Infinity : Number(most)]
}
