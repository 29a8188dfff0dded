/**
 * What of a user's words holds until further notice: orders for all answers to come, parameters of the task, and what they ask
 * to be kept in mind. These stay in the window when the page they were said in leaves it (plan.ts), so that what was set at
 * turn 1 is honoured at turn 500. Pure; English only: in other languages a person pins the page, or the agent keeps a block.
 *
 * The rule is meant to miss rather than to take chatter for an order. Of each sentence, alone:
 * - a question, code and what stands in quotation marks never counts;
 * - an order counts when it says that it is lasting ("from now on", "until further notice") or begins with "always" or "never";
 * - a parameter counts when it is the user's or the task's own and named in the present ("my budget is", "the deadline is"), or
 *   says what they cannot or do not eat, or how to call them;
 * - "remember", "keep in mind" and "don't forget" count with what follows them, and so does what takes one of these back.
 */
import { STANDING_PER_PAGE, STANDING_SCAN_UNITS, STANDING_UNITS } from './param.ts'

const PARAMETERS =
  'budget|price limit|spending limit|limit|deadline|due date|goal|target|aim|objective|mission|task|job|role|priority|' +
  'time ?zone|currency|language|mother tongue|name|pronouns|diet|dietary needs?|allerg(?:y|ies)|requirements?|audience'

/** What may stand before an order without changing what it is. */
const LEAD = '(?:(?:please|also|and|but|so|ok(?:ay)?|oh|well|hi|hello|one more thing|first)[,:]? )*'

const RULES: readonly RegExp[] = [
  // Lasting, wherever it is said so.
  /\b(?:from (?:now|here|today) on|from this point on|going forward|until (?:further notice|i (?:say|tell you) otherwise)|for the rest of (?:this|our|the) (?:conversation|chat|session|project|trip|day)|in (?:all|every|each) (?:of )?(?:your |future |following |later )+(?:answers?|replies|reply|messages?)|for (?:all|every) (?:your )?(?:future |following )?(?:answers?|repl(?:y|ies)|questions?))\b/,
  new RegExp(`^${LEAD}(?:always|never(?! mind)|don't ever|do not ever|every time|whenever) \\w+`),
  new RegExp(`^${LEAD}(?:you (?:must|should|may|can) (?:always|never|only)|i want you to (?:always|never)) \\w+`),
  new RegExp(`^${LEAD}(?:call|address) me \\w+`),
  new RegExp(`^${LEAD}act as (?:an?|my|the) \\w+`),
  // Parameters of the user's or of the task.
  new RegExp(
    `\\b(?:my|our|your|the) (?:(?!\\w+['’]s)[\\w-]+ ){0,2}?(?:${PARAMETERS})(?: for (?:\\w+ ){1,3}?)? ?(?:is|are|=) ?(?!not sure|unclear|gone)\\S`,
  ),
  new RegExp(`\\b(?:my|our|your|the) (?:(?!\\w+['’]s)[\\w-]+ ){0,2}?(?:${PARAMETERS}): ?\\S`),
  /\b(?:i am|i'm|we are|we're) (?:allergic to|vegan|vegetarian|lactose intolerant|gluten intolerant|diabetic)\b/,
  /\bi (?:can't|cannot|do not|don't|never) eat \w+/,
  // Asked to be kept.
  new RegExp(`^${LEAD}(?:remember|keep in mind|bear in mind|don't forget|do not forget|note)(?: that|:|,) ?\\S`),
  new RegExp(`^${LEAD}(?:remember|don't forget|do not forget) (?:my|our|this) \\S`),
  // Taken back.
  new RegExp(
    `^${LEAD}you (?:no longer (?:need|have) to|(?:need not|don't (?:need|have) to) [^.]*\\b(?:any ?more|always)\\b)`,
  ),
  new RegExp(`^${LEAD}stop (?:answering|replying|writing|speaking|talking|using|calling|adding) \\S`),
  new RegExp(`^${LEAD}(?:forget|ignore) (?:my|the|our) (?:\\w+ ){0,2}?(?:${PARAMETERS}|rules?|instructions?)\\b`),
]

/** Said as code, or as somebody else's words. */
const NOT_SAID = /```[\s\S]*?(?:```|$)|`[^`\n]*`|"[^"\n]*"|“[^”\n]*”|^>.*$/gm

/** The sentences of a text that hold until further notice, in order and as they were written. */
export function standingIn(text: string): string[] {
  const found: string[] = []
  for (const sentence of sentencesOf(text.slice(0, STANDING_SCAN_UNITS))) {
    if (found.length === STANDING_PER_PAGE) break
    if (sentence.length <= STANDING_UNITS && isStanding(sentence)) found.push(sentence)
  }
  return found
}

function isStanding(sentence: string): boolean {
  if (/\?["')\]]*$/.test(sentence)) return false
  const said = sentence.replace(NOT_SAID, ' … ').replaceAll('’', "'").replace(/\s+/g, ' ').trim().toLowerCase()
  return RULES.some((rule) => rule.test(said))
}

/** A sentence ends at a full stop, mark or line's end; not at the point in "3.5" or "e.g.". */
function sentencesOf(text: string): string[] {
  return text
    .replace(/```[\s\S]*?(?:```|$)/g, '\n')
    .split(/(?<=[.!?…]["')\]]*)\s+(?=["'(]?[\p{Lu}\p{N}])|\n+/u)
    .map((sentence) => sentence.replace(/\s+/g, ' ').trim())
    .filter((sentence) => sentence !== '')
}
