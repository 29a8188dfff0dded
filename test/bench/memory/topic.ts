/**
 * What people tell an assistant about themselves, and how they ask for it later. `asked` shares a telling word with what was
 * said; `otherwise` shares none, so that keywords cannot find it. `prompt` is what an assistant asks when the answer is said
 * alone ("Rosa."). In all texts `%` is the value, `@` whose it is ("my", "Ann's").
 */
export interface Topic {
  readonly name: string
  readonly said: readonly string[]
  readonly changed: string
  readonly asked: string
  readonly otherwise: string
  readonly prompt: string
  readonly values: readonly string[]
}

export const topic = (
  name: string,
  said: readonly string[],
  changed: string,
  asked: string,
  otherwise: string,
  prompt: string,
  values: readonly string[],
): Topic => ({ name, said, changed, asked, otherwise, prompt, values })
