/** Whether a new fact contradicts an old one: the same subject and the same attribute, with another value. Pure. */

/** What a sentence says, as far as it can be told apart. */
export interface Statement {
  readonly subject: string
  readonly attribute: string
  readonly value: string
}

const MY =
  /^(my|our)\s+(favou?rite\s+\w+|name|age|birthday|address|phone number|email)\s+is\s+(?:now\s+)?([^,;.]+)\.?$/i

/** What a text states, one for each sentence that can be told apart. */
export function statementsOf(text: string): Statement[] {
  const match = MY.exec(text.trim())
  if (!match) return []
  return [{ subject: 'i', attribute: (match[2] ?? '').toLowerCase(), value: (match[3] ?? '').trim().toLowerCase() }]
}

export const keyOf = ({ subject, attribute }: Statement): string => `${subject}\u0000${attribute}`

/** Whether `old`, all that a fact says, cannot be true any more when one of `now` is. */
export function contradicts(now: Statement, old: Statement): boolean {
  return now.subject === old.subject && now.attribute === old.attribute && now.value !== old.value
}
