/**
 * Where the tokens of recent answers end, in the text and in the KV cache, so that an answer can be continued at the token.
 * llama.cpp takes only text for a prompt: what was written is split into tokens again, and where a model wrote otherwise
 * than the tokeniser splits (gibberish does), the continuation would be another. llama.cpp tells how many tokens it found
 * and how many of them it still had: held against the trail, that shows a difference before anything is given out.
 * Pure; lives as long as the loaded model.
 */

/** A place between two tokens. */
export interface Mark {
  /** UTF-16 units of the answer before it. */
  readonly units: number
  /** Tokens of the prompt and of the answer before it. */
  readonly tokens: number
}

/** What llama.cpp made of a prompt. */
export interface Prompt {
  readonly tokens: number
  readonly cached: number
}

/** Answers remembered; each takes about as much memory as its text twice. */
const TRAILS = 64

export class Trail {
  #text = ''
  /** Ascending; the first is the prompt's end. */
  #marks: Mark[] = []

  /** The answer begins here, or goes on with `text` of which only the end is known. */
  begin(text: string, tokens: number): void {
    if (this.#text.startsWith(text) && this.at(text)) {
      this.#marks = this.#marks.filter(({ units }) => units <= text.length)
    } else {
      this.#marks = [{ units: text.length, tokens }]
    }
    this.#text = text
  }

  /** @param tokens of prompt and answer up to and with `text` */
  add(text: string, tokens: number): void {
    this.#text += text
    this.#marks.push({ units: this.#text.length, tokens })
  }

  /** The place at which `text` ends; undefined when it is no part of the answer, or ends within a token. */
  at(text: string): Mark | undefined {
    if (!this.#text.startsWith(text)) return undefined
    return this.#marks.findLast(({ units }) => units === text.length)
  }

  /**
   * Whether llama.cpp split the answer up to `mark` as it was written.
   * @returns null when it did, as far as can be told; or the last place from which it may go on instead. Units 0 is the
   * answer's beginning, which needs no splitting.
   */
  divergence(mark: Mark, prompt: Prompt): Mark | null {
    const start = this.#marks[0]
    if (!start) return null
    const missed = prompt.tokens - 1 - prompt.cached
    // Everything but the last token, which is always read again, came from the cache; or nothing of the answer did.
    if (prompt.tokens === mark.tokens && (missed <= 0 || prompt.cached <= start.tokens)) return null
    const same = Math.min(prompt.cached, mark.tokens - 1)
    const before = this.#marks.findLast(({ units, tokens }) => tokens <= same && units < mark.units)
    return before ?? (start.units === 0 ? start : null)
  }
}

export class Trails {
  /** Oldest first. */
  #kept: { conversation: string; trail: Trail }[] = []

  /** The trail of an answer that began with `prefix`, for the one who goes on with it; a new one when none is kept. */
  take(conversation: string, prefix: string): Trail {
    const index = this.#kept.findLastIndex((one) => one.conversation === conversation && one.trail.at(prefix))
    const [found] = prefix === '' || index < 0 ? [] : this.#kept.splice(index, 1)
    return found?.trail ?? new Trail()
  }

  keep(conversation: string, trail: Trail): void {
    this.#kept.push({ conversation, trail })
    if (this.#kept.length > TRAILS) this.#kept.shift()
  }
}
