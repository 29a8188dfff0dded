/**
 * The grammar of the `calculate` tool. A text is parsed and written again as a script for the sandbox, so nothing but
 * arithmetic can reach it: numbers, + - * / % ^, parentheses, constants and functions of `Math` by name.
 */
import { HearthError } from '../../../abi/index.ts'

const FUNCTIONS = new Set(
  (
    'abs acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh exp expm1 floor hypot log log10 log1p log2 max min ' +
    'pow round sign sin sinh sqrt tan tanh trunc'
  ).split(' '),
)
// A Map: a name such as `constructor` must not find what an object inherits.
const CONSTANTS = new Map([
  ['pi', 'Math.PI'],
  ['π', 'Math.PI'],
  ['e', 'Math.E'],
])
const TOKEN = /\s*(?:((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|([A-Za-z_π][\w.]*)|(\*\*|[-+*/%^(),]))/y
const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/[×⋅·]/g, '*'],
  [/÷/g, '/'],
  [/[−–]/g, '-'],
  [/(?<=[\d)])\s*[xX]\s*(?=[\d(])/g, ' * '],
  [/=\s*\??\s*$/, ''],
]

/** Longest expression, in UTF-16 units, and deepest nesting: both far beyond a question and far below a full stack. */
const EXPRESSION_UNITS = 2_000
const NESTING = 50

type Token = { kind: 'number' | 'name' | 'sign' | 'end'; text: string }

/**
 * Writes an expression as JavaScript.
 * @throws HearthError `tool-failed` naming the first thing that is not arithmetic.
 */
export function arithmeticToScript(expression: string): string {
  if (expression.length > EXPRESSION_UNITS) throw refuse(`it is longer than ${EXPRESSION_UNITS} characters`)
  const tokens = tokensOf(expression)
  let position = 0
  let depth = 0
  const peek = (): Token => tokens[position] ?? { kind: 'end', text: '' }
  const take = (text: string): boolean => {
    const found = peek().kind === 'sign' && peek().text === text
    if (found) position += 1
    return found
  }
  const expect = (text: string): void => {
    if (!take(text)) throw refuse(`"${text}" is missing before ${named(peek())}`)
  }

  function sum(): string {
    let left = product()
    for (;;) {
      if (take('+')) left = `(${left} + ${product()})`
      else if (take('-')) left = `(${left} - ${product()})`
      else return left
    }
  }
  function product(): string {
    let left = signed()
    for (;;) {
      if (take('*')) left = `(${left} * ${signed()})`
      else if (take('/')) left = `(${left} / ${signed()})`
      else if (take('%')) left = startsValue(peek()) ? `(${left} % ${signed()})` : `(${left} / 100)`
      else return left
    }
  }
  /** A sign binds looser than a power: -2 ^ 2 is -4, as on paper. */
  function signed(): string {
    if (++depth > NESTING) throw refuse('it is nested too deeply')
    try {
      if (take('-')) return `(-${signed()})`
      if (take('+')) return signed()
      return power()
    } finally {
      depth -= 1
    }
  }
  function power(): string {
    const base = value()
    if (!take('^') && !take('**')) return base
    return `Math.pow(${base}, ${signed()})`
  }
  function value(): string {
    const token = peek()
    position += 1
    if (token.kind === 'number') return `(${token.text})`
    if (token.kind === 'name') return calledOrConstant(token.text)
    if (token.kind === 'sign' && token.text === '(') {
      const inner = sum()
      expect(')')
      return inner
    }
    position -= 1
    throw refuse(`a number is missing before ${named(token)}`)
  }
  function calledOrConstant(name: string): string {
    const plain = name.replace(/^Math\./, '')
    const constant = CONSTANTS.get(plain.toLowerCase())
    if (constant !== undefined && !(peek().kind === 'sign' && peek().text === '(')) return constant
    const called = plain === 'ln' ? 'log' : plain.toLowerCase()
    if (!FUNCTIONS.has(called)) throw refuse(`"${name}" is not a number or a function of arithmetic`)
    expect('(')
    const list = [sum()]
    while (take(',')) list.push(sum())
    expect(')')
    return `Math.${called}(${list.join(', ')})`
  }

  const script = sum()
  if (peek().kind !== 'end') throw refuse(`an operator is missing before ${named(peek())}`)
  return script
}

function tokensOf(expression: string): Token[] {
  let text = expression.trim()
  for (const [pattern, replacement] of PLAIN) text = text.replace(pattern, replacement)
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const from = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (!match) {
      const rest = text.slice(from).trim()
      if (rest === '') break
      throw refuse(`"${String.fromCodePoint(rest.codePointAt(0) ?? 0)}" is not arithmetic`)
    }
    const [, number, name, sign] = match
    if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (name !== undefined) tokens.push({ kind: 'name', text: name })
    else tokens.push({ kind: 'sign', text: sign ?? '' })
  }
  if (tokens.length === 0) throw refuse('it is empty')
  return tokens
}

const startsValue = (token: Token): boolean =>
  token.kind === 'number' || token.kind === 'name' || (token.kind === 'sign' && token.text === '(')

const named = (token: Token): string => (token.kind === 'end' ? 'the end' : `"${token.text}"`)

const refuse = (reason: string): HearthError =>
  new HearthError('tool-failed', `This cannot be calculated: ${reason}. Write it as arithmetic, such as 12 * 34.`, {
    tool: 'calculate',
    reason,
  })
