/** Sentences that tell of a change, as those that hold after it: "I switched from A to B" is "I no longer use A" and "I use B". English. */

const WHO = String.raw`(I|[Ww]e|[Tt]he user|\p{Lu}[\p{L}-]*)`
const THING = String.raw`([\p{L}\p{N}.+#-]+(?:\s[\p{L}\p{N}.+#-]+){0,2})`
/** What joins something to it makes it another thing than was spoken of. */
const JOINED = /\b(?:at|in|on|for|with|when|to|after|before|during|of|and|or)\b/

const rule = (source: string, tell: (who: string, one: string, other: string) => string[]) => {
  const pattern = new RegExp(`^${source}$`, 'u')
  return (clause: string): string[] => {
    const [, who = '', one = '', other = ''] = pattern.exec(clause) ?? []
    return one === '' || JOINED.test(one) || JOINED.test(other) ? [] : tell(who, one, other)
  }
}

const RULES = [
  rule(String.raw`${WHO} (?:left|quit|resigned from) (\p{Lu}.*)`, (who, one) => [`${who} no longer work at ${one}`]),
  rule(String.raw`${WHO} (?:stopped|quit|gave up) (\p{Ll}+ing)((?:\s\S+){0,3})`, (who, doing, what) => [
    `${who} no longer ${baseOf(doing)}${what}`,
  ]),
  rule(String.raw`${WHO} (?:gave up|quit) ${THING}`, (who, one) =>
    one.endsWith('ing') ? [] : ['drink', 'eat', 'play', 'use'].map((verb) => `${who} no longer ${verb} ${one}`),
  ),
  rule(String.raw`${WHO} (?:switched|changed|moved|migrated) from ${THING} to ${THING}`, (who, one, other) => [
    ...[`${who} no longer use ${one}`, `${who} use ${other}`],
  ]),
  rule(String.raw`${WHO} (?:replaced|swapped) ${THING} (?:with|by|for) ${THING}`, (who, one, other) => [
    ...[`${who} no longer use ${one}`, `${who} use ${other}`],
  ]),
  rule(String.raw`${WHO} (?:sold|gave away|got rid of) (?:my|our|the) ${THING}`, (who, one) =>
    ['have', 'own', 'drive'].map((verb) => `${who} no longer ${verb} a ${one}`),
  ),
]

/** A sentence as it is, or what it amounts to. */
export function retold(clause: string): string[] {
  for (const tell of RULES) {
    const told = tell(clause)
    if (told.length > 0) return told
  }
  return [clause]
}

const WITH_E = /(?:smok|us|lik|lov|hat|tak|mak|writ|rid|driv|danc|bak|giv)$/

function baseOf(doing: string): string {
  const bare = doing.slice(0, -'ing'.length)
  return WITH_E.test(bare) ? `${bare}e` : bare.replace(/([bdgmnprt])\1$/, '$1')
}
