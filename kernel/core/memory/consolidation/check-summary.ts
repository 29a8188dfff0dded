/**
 * Whether a text that a model wrote may take the place of the facts it is to sum up. It is only ever text, and it must say
 * what they say: every name and number of theirs, each still beside what it belongs to, and none of its own. What fails is
 * thrown away, also much that was right; that costs nothing, since the facts stay. Pure.
 */
import { KEPT_WORDS_SHARE, NEW_WORDS_SHARE, SUMMARY_SHARE } from './param.ts'
import { isNegated, tokensOf } from './tokens.ts'
import type { Token } from './tokens.ts'

/** Why it is thrown away; undefined when it may stand. */
export type Objection = string | undefined

export function objectionTo(summary: string, facts: readonly string[]): Objection {
  const units = facts.reduce((sum, { length }) => sum + length, 0)
  if (summary === '') return 'it is empty'
  if (summary.length > units * SUMMARY_SHARE) return 'it is not shorter'
  if (/[\n{}<>[\]`]|https?:/u.test(summary)) return 'it is more than plain sentences'
  if (isNegated(summary)) return 'it denies something'
  const sources = facts.map(tokensOf)
  const written = tokensOf(summary)
  return newOnes(written, sources) ?? missing(written, sources) ?? movedAway(written, sources)
}

/** Names and numbers that no fact has, or too many other words. */
function newOnes(written: readonly Token[], sources: readonly (readonly Token[])[]): Objection {
  const known = new Set(sources.flat().map(({ word }) => word))
  const roots = new Set([...known].map(rootOf))
  let [fresh, telling] = [0, 0]
  for (const { word, kind } of written) {
    if (kind === 'link') continue
    if (kind === 'number' && !known.has(word)) return `it has the number ${word}, which no fact has`
    if (kind === 'name' && !known.has(word)) return `it has the name ${word}, which no fact has`
    // A word that begins a sentence may be a name too.
    if (kind === 'maybe-name' && !roots.has(rootOf(word))) return `it has ${word}, which no fact has`
    telling += 1
    if (!roots.has(rootOf(word))) fresh += 1
  }
  return fresh > telling * NEW_WORDS_SHARE ? 'it says too much that no fact says' : undefined
}

/** Names and numbers of a fact that it lacks, or too many other words of one. */
function missing(written: readonly Token[], sources: readonly (readonly Token[])[]): Objection {
  const has = new Set(written.map(({ word }) => word))
  const roots = new Set([...has].map(rootOf))
  for (const source of sources) {
    const telling = source.filter(({ kind }) => kind !== 'link')
    for (const { word, kind } of telling) {
      if ((kind === 'name' || kind === 'number') && !has.has(word)) return `it lacks ${word}`
      if (kind === 'maybe-name' && !roots.has(rootOf(word))) return `it lacks ${word}`
    }
    const kept = telling.filter(({ word }) => roots.has(rootOf(word))).length
    if (kept < telling.length * KEPT_WORDS_SHARE) return 'it leaves out one of them'
  }
  return undefined
}

/**
 * A name or number that is no longer with the word that tells what it is: of "a dog called Rex" and "a cat called Mia", Rex
 * must come after "dog" with no Mia between them.
 */
function movedAway(written: readonly Token[], sources: readonly (readonly Token[])[]): Objection {
  for (const source of sources) {
    const own = new Set(source.map(({ word }) => word))
    const rest = sources.flatMap((other) => (other === source ? [] : other))
    const others = new Set(rest.map(({ word }) => rootOf(word)))
    const foreign = new Set(rest.flatMap(({ word, kind }) => (isNamed(kind) && !own.has(word) ? [word] : [])))
    let teller: string | undefined
    for (const { word, kind } of source) {
      if (others.has(rootOf(word))) continue
      if (kind === 'word') teller = rootOf(word)
      else if ((kind === 'name' || kind === 'number') && teller !== undefined) {
        if (!staysWith(written, teller, word, foreign)) return `${word} is not where it belongs`
      }
    }
  }
  return undefined
}

const isNamed = (kind: Token['kind']): boolean => kind !== 'word' && kind !== 'link'

/** Whether `name` comes after `teller` somewhere with nothing of another fact's names between them. */
function staysWith(written: readonly Token[], teller: string, name: string, foreign: ReadonlySet<string>): boolean {
  let near = false
  for (const { word } of written) {
    if (rootOf(word) === teller) near = true
    else if (near && word === name) return true
    else if (foreign.has(word)) near = false
  }
  return false
}

/** So much of a word that "likes" and "liked" are one. */
function rootOf(word: string): string {
  const root = word.replace(/(?:ies|ied)$/, 'y').replace(/(?:ing|ed|es|s|e)$/, '')
  return root.length < 3 ? word : root
}
