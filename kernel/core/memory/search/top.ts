/** The best few of many by score, without sorting all of them. */
export class Top {
  readonly #most: number
  /** Of two with the same score, whether the first comes before the second. */
  readonly #sooner: (one: number, other: number) => number
  #kept: { readonly item: number; readonly score: number }[] = []
  /** What one has to reach: there are `most` at least as good. */
  #bar = -Infinity

  /** @param sooner negative when its first item is to come first */
  constructor(most: number, sooner: (one: number, other: number) => number) {
    this.#most = most
    this.#sooner = sooner
  }

  /** Whether one of this score may still be among the best. */
  wants(score: number): boolean {
    return score >= this.#bar
  }

  offer(item: number, score: number): void {
    if (score < this.#bar) return
    this.#kept.push({ item, score })
    if (this.#kept.length >= 2 * this.#most) this.#cut()
  }

  /** Best first. */
  take(): readonly { readonly item: number; readonly score: number }[] {
    this.#cut()
    return this.#kept
  }

  #cut(): void {
    this.#kept.sort((one, other) => other.score - one.score || this.#sooner(one.item, other.item))
    if (this.#kept.length < this.#most) return
    this.#kept.length = this.#most
    this.#bar = this.#kept.at(-1)?.score ?? -Infinity
  }
}
