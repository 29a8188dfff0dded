/**
 * Whether a text says only what another one said: how a model that writes down again what it was shown is told from one that
 * learnt something. Pure. Only for texts that were shown just before: between any two facts it would be too bold.
 */
import { plainTextOf } from './plain-text.ts'

/** Words that may come and go without changing what is said: of whoever speaks, of saying it, and of giving a name. */
const SILENT = new Set(
  "a an the is are am be of and that has named called user users user's i my me mine we our i'm remember note memory fact says said".split(
    ' ',
  ),
)
const COPULA = /\b(?:is|are|am|'s|'m)\b/

/** The one of `shown` that says all that `text` does, or says a part of it when the others say the rest. */
export function saidBy(text: string, shown: Iterable<string>): string | undefined {
  const all = [...shown].map((one) => ({ one, said: partOf(one) }))
  const whole = partOf(text)
  const found = all.find(({ said }) => covers(said, whole))
  if (found) return found.one
  const parts = text
    .split(/[\n;]|[.,]\s|"\s*,\s*"|\s(?:and|but)\s/)
    .map(partOf)
    .filter(({ words }) => words.length > 0)
  if (parts.length < 2) return undefined
  const sources = parts.map((part) => all.find(({ said }) => covers(said, part))?.one)
  return sources.every((source) => source !== undefined) ? sources[0] : undefined
}

interface Part {
  readonly words: readonly string[]
  readonly copula: boolean
}

function partOf(text: string): Part {
  const plain = plainTextOf(text)
  const words = plain.split(' ').filter((word) => word !== '' && !SILENT.has(word))
  return { words: words.map((word) => word.replace(/'s$/, '')), copula: COPULA.test(plain) }
}

/** All words of `part`, in their order unless both say what something is: "Rosa is my dog" is "my dog is Rosa". */
function covers(said: Part, part: Part): boolean {
  if (part.words.length === 0) return false
  const known = new Set(said.words)
  if (!part.words.every((word) => known.has(word))) return false
  if (negations(said) !== negations(part)) return false
  if (said.copula && part.copula) return true
  let at = 0
  for (const word of said.words) if (word === part.words[at]) at += 1
  return at === part.words.length
}

const negations = ({ words }: Part): number => words.filter((word) => /^(?:not|no|never|\w+n't)$/.test(word)).length % 2
