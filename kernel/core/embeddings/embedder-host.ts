/**
 * Keeps one embedder: makes it when it is first needed, throws it away when it is lost or was not used for long, checks what
 * it gives. Everything that is embedded passes here.
 */
import { HearthError } from '../../abi/index.ts'
import type { EmbedderChoice } from '../../abi/index.ts'
import { abortable, whenAborted } from '../engines/abortable.ts'
import type { Clock } from '../platform.ts'
import { checkVectors } from './checked.ts'
import type { Embedder, EmbeddingPurpose } from './embedder.ts'
import { EMBEDDED_UNITS, EMBEDDER_IDLE_MS, QUERY_VECTOR_MS } from './param.ts'

export type MakeEmbedder = (signal: AbortSignal, onWait: (reason: string) => void) => Promise<Embedder>

export class EmbedderHost implements AsyncDisposable {
  readonly choice: EmbedderChoice
  readonly #make: MakeEmbedder
  readonly #clock: Clock
  readonly #life = new AbortController()
  #making: Promise<Embedder> | null = null
  #embedder: Embedder | null = null
  #uses = 0
  #used = 0
  #waiting: string | null = null

  constructor(choice: EmbedderChoice, make: MakeEmbedder, clock: Clock) {
    this.choice = choice
    this.#make = make
    this.#clock = clock
  }

  /** What it waits for while it is being made, for a person. */
  get waiting(): string | null {
    return this.#waiting
  }

  /** Texts it takes at once; null while there is none. */
  get batch(): number | null {
    return this.#embedder?.batch ?? null
  }

  /** @throws HearthError what making one threw, or the signal's reason. */
  async ready(signal: AbortSignal): Promise<Embedder> {
    signal.throwIfAborted()
    this.#life.signal.throwIfAborted()
    if (this.#embedder && !this.#embedder.lost.aborted) return this.#embedder
    this.#making ??= this.#begin()
    return abortable(this.#making, signal, this.#life.signal)
  }

  /**
   * Vectors of length one, null for texts that it knows nothing about.
   * @param dimensions numbers that they must have; null when that is not known yet
   * @throws HearthError what the embedder threw, `engine-failed` for vectors that are none, or the signal's reason
   */
  async embed(
    texts: readonly string[],
    purpose: EmbeddingPurpose,
    dimensions: number | null,
    signal: AbortSignal,
  ): Promise<(Float32Array | null)[]> {
    const embedder = await this.ready(signal)
    const cut = texts.map((text) => (text.length > EMBEDDED_UNITS ? text.slice(0, EMBEDDED_UNITS) : text))
    this.#uses += 1
    try {
      const vectors = await abortable(
        embedder.embed(cut, purpose, signal),
        ...[signal, embedder.lost, this.#life.signal],
      )
      return checkVectors(vectors, texts.length, dimensions, this.choice.kind)
    } finally {
      this.#uses -= 1
      this.#used += 1
      if (!embedder.immediate) this.#giveUpLater(embedder)
    }
  }

  /**
   * The vector of what is searched for; null when it takes too long. A search that finds the embedder still being made does
   * not wait for it.
   * @throws HearthError as `embed` does
   */
  async query(text: string, purpose: EmbeddingPurpose, dimensions: number): Promise<Float32Array | null> {
    if (this.#embedder === null && this.#making !== null) return null
    const enough = new AbortController()
    const late = this.#clock.sleep(QUERY_VECTOR_MS, enough.signal).then(
      () => enough.abort(new HearthError('timeout', 'Too late.', { afterMs: QUERY_VECTOR_MS, what: 'embedding' })),
      () => {},
    )
    try {
      return (await this.embed([text], purpose, dimensions, enough.signal))[0] ?? null
    } catch (error) {
      if (HearthError.is(error, 'timeout')) return null
      throw error
    } finally {
      enough.abort(new HearthError('cancelled', 'It is there.', { by: 'kernel' }))
      await late
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort(new HearthError('cancelled', 'The embedder is not used any more.', { by: 'kernel' }))
    const embedder = this.#embedder
    this.#embedder = null
    if (embedder) await dispose(embedder)
  }

  async #begin(): Promise<Embedder> {
    const { signal } = this.#life
    const making = this.#make(signal, (reason) => (this.#waiting = reason))
    try {
      const embedder = await abortable(making, signal)
      this.#embedder = embedder
      whenAborted([embedder.lost], () => this.#drop(embedder))
      return embedder
    } catch (error) {
      // A tab may answer after nobody waits any more; its worker must not stay.
      if (signal.aborted) making.then(dispose, () => {})
      throw error
    } finally {
      this.#making = null
      this.#waiting = null
    }
  }

  #drop(embedder: Embedder): void {
    if (this.#embedder === embedder) this.#embedder = null
    void dispose(embedder)
  }

  #giveUpLater(embedder: Embedder): void {
    const used = this.#used
    this.#clock.sleep(EMBEDDER_IDLE_MS, this.#life.signal).then(
      () => {
        if (used === this.#used && this.#uses === 0 && this.#embedder === embedder) this.#drop(embedder)
      },
      () => {},
    )
  }
}

async function dispose(embedder: Embedder): Promise<void> {
  try {
    await embedder[Symbol.asyncDispose]()
  } catch {
    // It was to go anyway, and a dead worker cannot say goodbye.
  }
}
