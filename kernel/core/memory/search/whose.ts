/**
 * Whose a sentence says that something is, by its English possessives: "my dog", "Ann's dog", "my sister's dog". Word vectors
 * know nothing of that, and the same fact about somebody else is the likeliest thing to be taken for the answer.
 */

/** Another's possessive, with the "my" or "our" before it: a sister is somebody else's sister too. */
const POSSESSIVE = /(?:\b(?:my|our|your|his|her|their|the) )?(?<![\p{L}\p{N}])[\p{L}\p{N}]+(?=['’]s(?![\p{L}\p{N}]))/gu

/** Who is spoken to in what is remembered is the person too: "Who do you report to? Tanaka." */
const OWN = /\b(?:my|mine|our|ours|your|yours)\b|\byou\b[^?]*\?/

/** How the person is called in facts that an agent wrote down, and in their own. */
const SPEAKER = 'the user'

/** Before "'s" these are short for "is" or "has". */
const NOT_OWNERS = new Set('he here how it let she that there this what when where who why'.split(' '))

/** In lower case; the person who speaks or is spoken of as the user is `the user`. Empty when nobody is named. */
export function ownersIn(text: string): Set<string> {
  const sentence = text.toLowerCase()
  const owners = new Set<string>()
  for (const [owner] of sentence.matchAll(POSSESSIVE)) {
    if (owner === 'user') owners.add(SPEAKER)
    else if (!NOT_OWNERS.has(owner)) owners.add(owner.replace(/^the (?!user$)/, ''))
  }
  if (OWN.test(sentence.replace(POSSESSIVE, ''))) owners.add(SPEAKER)
  return owners
}

/** The same of a question: who says "I", or names nobody, asks about their own things. */
export function ownersAskedFor(question: string): Set<string> {
  const owners = ownersIn(question)
  if (owners.size === 0 || /\b(?:i|me)\b/i.test(question)) owners.add(SPEAKER)
  return owners
}

/** 1 when both name a common owner, -1 when one names somebody else whom the other does not, 0 when nothing tells. */
export function sameOwner(one: ReadonlySet<string>, other: ReadonlySet<string>): -1 | 0 | 1 {
  for (const owner of one) if (other.has(owner)) return 1
  return [...one, ...other].some((owner) => owner !== SPEAKER) ? -1 : 0
}
