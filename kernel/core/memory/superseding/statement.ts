/** What a sentence states of its subject: one attribute and its value. */
export interface Statement {
  /** `i` for the user. */
  readonly subject: string
  readonly attribute: string
  readonly value: string
  /** Says that it is not, or no longer, that value. */
  readonly negated: boolean
  /** Set when that is all there is in the sentence: two that are equal say the same. */
  readonly exact?: true
}
