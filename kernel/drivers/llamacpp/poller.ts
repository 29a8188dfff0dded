/**
 * What llama.cpp is asked next. Each question ("poll") has it compute one step of all answers in flight and brings one result
 * of one of them, so that the order of the questions decides who hears of its tokens first. What goes first:
 *
 * 1. An answer that begins. Nothing is asked meanwhile: that step would read its prompt, and it would hear of it a step later.
 * 2. A first result that is waited for, a few times in a row, so that a short question is answered at once under load; then
 *    the others have their turn, so that nobody stalls while a long prompt is being read.
 * 3. Freeing the slots of stopped answers, which takes a step each.
 * 4. All others, in turn.
 *
 * Keeps llama.cpp busy: the next question to a single answer is on its way before the last is answered. A step writes a token
 * of every answer and a question brings one result, so that with several there is more written than read; what is left when
 * all is written is fetched quickly.
 *
 * Invariants:
 * 1. At most ALONE questions are on their way, TOGETHER when several answers are being read, and WRITTEN when all is written.
 * 2. The results of one answer come in order.
 * 3. `read` settles only when no question of its answer is on its way.
 */

/**
 * Questions on their way at once. A single answer takes two, or llama.cpp would idle while its result travels; with several
 * a step takes longer than that, and a second question would only be in the way of a new answer.
 */
const ALONE = 2
const TOGETHER = 1

/** Nothing is computed any more: each question takes as long as its way there and back, and delays nobody. */
const WRITTEN = 8

/** Questions in a row for a first result, before the others have their turn: what reading a short prompt takes. */
const FIRST_IN_A_ROW = 4

/** The same while slots are to be freed: llama.cpp says first that it has begun, and then what it wrote. */
const FIRST_BEFORE_FREEING = 2

export interface PolledResult {
  /** JSON of a chunk or of several; empty or `null` for nothing yet. */
  json: string
  more: boolean
  failed: boolean
}

interface Reading {
  readonly id: number
  readonly onResult: (json: string) => void
  /** Tokens still to be written, at most. */
  unwritten: number
  /** Has had its first result. */
  begun: boolean
  over: boolean
  asked: number
  failure: { error: unknown } | null
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class Poller {
  readonly #poll: (request: number) => Promise<PolledResult>
  readonly #cancel: (request: number) => Promise<void>
  /** Answers that are on their way to llama.cpp. */
  #beginning = 0
  #lastBegun: Promise<unknown> = Promise.resolve()
  /** Stopped answers whose slots wait to be freed. */
  #cancelling: (() => void)[] = []
  /** In turn: the next to ask for comes first. */
  #readings: Reading[] = []
  #asked = 0
  /** Questions for a first result since one for another. */
  #firstInARow = 0

  constructor(poll: (request: number) => Promise<PolledResult>, cancel: (request: number) => Promise<void>) {
    this.#poll = poll
    this.#cancel = cancel
  }

  /**
   * Has `start` begin an answer, which `read` must be called for at once. One after another: those that are stopped while
   * they wait cost nothing.
   * @returns its number
   * @throws what `start` threw, or the signal's reason
   */
  async begin(start: () => Promise<number>, signal: AbortSignal): Promise<number> {
    this.#beginning += 1
    const begun = this.#lastBegun.then(() => {
      signal.throwIfAborted()
      return start()
    })
    this.#lastBegun = begun.catch(() => {})
    try {
      const id = await begun
      this.#beginning -= 1
      return id
    } catch (error) {
      this.#beginning -= 1
      this.#pump()
      throw error
    }
  }

  /**
   * Reads the results of an answer until there are no more, or until `signal` aborts; it does not reject then.
   * @param tokens that it takes at most
   * @throws what polling or `onResult` threw, or an Error with llama.cpp's message.
   */
  async read(id: number, tokens: number, onResult: (json: string) => void, signal: AbortSignal): Promise<void> {
    let onAbort = () => {}
    try {
      await new Promise<void>((resolve, reject) => {
        const reading: Reading = {
          ...{ id, onResult, unwritten: tokens, begun: false, over: false, asked: 0, failure: null },
          ...{ resolve, reject },
        }
        onAbort = () => this.#end(reading)
        if (signal.aborted) {
          onAbort()
        } else {
          signal.addEventListener('abort', onAbort, { once: true })
          this.#readings.push(reading)
        }
        this.#pump()
      })
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Frees the slot of an answer that was not read to its end; its KV stays. Waits for the question under way. */
  async cancel(id: number): Promise<void> {
    await new Promise<void>((go) => {
      this.#cancelling.push(go)
      this.#pump()
    })
    try {
      await this.#cancel(id)
    } finally {
      this.#asked -= 1
      this.#pump()
    }
  }

  #pump(): void {
    while (this.#beginning === 0 && this.#asked < this.#most()) {
      const inARow = this.#cancelling.length > 0 ? FIRST_BEFORE_FREEING : FIRST_IN_A_ROW
      const first = this.#firstInARow < inARow ? this.#readings.find(waitsForFirst) : undefined
      if (!first && this.#cancelling.length > 0) {
        this.#free()
        continue
      }
      const reading = first ?? this.#readings.find(({ begun }) => begun) ?? this.#readings[0]
      if (!reading) {
        this.#firstInARow = 0
        return
      }
      this.#ask(reading)
    }
  }

  #most(): number {
    if (this.#readings.length <= 1) return ALONE
    return this.#readings.every(({ unwritten }) => unwritten <= 0) ? WRITTEN : TOGETHER
  }

  #free(): void {
    this.#asked += this.#cancelling.length
    for (const go of this.#cancelling.splice(0)) go()
  }

  #ask(reading: Reading): void {
    this.#firstInARow = reading.begun ? 0 : this.#firstInARow + 1
    // To the end of the line.
    this.#readings = [...this.#readings.filter((other) => other !== reading), reading]
    this.#asked += 1
    reading.asked += 1
    this.#poll(reading.id)
      .then(
        (result) => this.#take(reading, result),
        (error: unknown) => this.#fail(reading, error),
      )
      .finally(() => {
        this.#asked -= 1
        reading.asked -= 1
        for (const each of this.#readings) if (each.begun) each.unwritten -= 1
        this.#settle(reading)
        this.#pump()
      })
  }

  #take(reading: Reading, { json, more, failed }: PolledResult): void {
    if (reading.over) return
    try {
      if (failed) throw new Error(messageOf(json))
      if (json !== '' && json !== 'null') {
        reading.begun = true
        reading.onResult(json)
      }
      if (!more) this.#end(reading)
    } catch (error) {
      this.#fail(reading, error)
    }
  }

  #fail(reading: Reading, error: unknown): void {
    reading.failure ??= { error }
    this.#end(reading)
  }

  #end(reading: Reading): void {
    reading.over = true
    this.#readings = this.#readings.filter((other) => other !== reading)
    this.#settle(reading)
  }

  #settle({ over, asked, failure, resolve, reject }: Reading): void {
    if (!over || asked > 0) return
    if (failure) reject(failure.error)
    else resolve()
  }
}

const waitsForFirst = ({ begun, asked }: Reading): boolean => !begun && asked === 0

function messageOf(json: string): string {
  try {
    const { message } = JSON.parse(json) as { message?: unknown }
    if (typeof message === 'string') return message
  } catch {
    // Whatever it is, it is no answer.
  }
  return 'it failed without a reason'
}
