/**
 * Whose result llama.cpp is asked for next. Each question ("poll") has it compute one step of all answers in flight and
 * brings one result of one of them, so that the order of the questions decides who hears of its tokens first. Keeps
 * llama.cpp busy: the next question is on its way before the last is answered. A first result that is waited for (the prompt
 * has just been read) is asked for a few times in a row, so that a short question is answered at once under load, and then in
 * turn with all others together, so that nobody stalls while a long one is being read. Freeing the slot of a stopped answer takes a step too, and lets
 * one question for such a result go first.
 *
 * Invariants:
 * 1. At most ALONE questions are on their way, and TOGETHER when several answers are being read.
 * 2. The results of one answer come in order.
 * 3. `read` settles only when no question of its answer is on its way.
 */

/**
 * Questions on their way at once. A single answer takes two, or llama.cpp would idle while its result travels; with several
 * a step takes longer than that, and a second question would only be in the way of a new answer.
 */
const ALONE = 2
const TOGETHER = 1

/** Questions in a row for a first result, before the others have their turn: what reading a short prompt takes. */
const FIRST_IN_A_ROW = 4

export interface PolledResult {
  /** JSON of a chunk or of several; empty or `null` for nothing yet. */
  json: string
  more: boolean
  failed: boolean
}

interface Reading {
  readonly id: number
  readonly onResult: (json: string) => void
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
   * Reads the results of an answer until there are no more, or until `signal` aborts; it does not reject then.
   * @throws what polling or `onResult` threw, or an Error with llama.cpp's message.
   */
  async read(id: number, onResult: (json: string) => void, signal: AbortSignal): Promise<void> {
    let onAbort = () => {}
    try {
      await new Promise<void>((resolve, reject) => {
        const reading: Reading = { id, onResult, begun: false, over: false, asked: 0, failure: null, resolve, reject }
        onAbort = () => this.#end(reading)
        if (signal.aborted) return void onAbort()
        signal.addEventListener('abort', onAbort, { once: true })
        this.#readings.push(reading)
        this.#pump()
      })
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Frees the slot of an answer that was not read to its end; behind a question for a first result, if one is waited for. */
  async cancel(id: number): Promise<void> {
    if (this.#readings.some(({ begun }) => !begun)) await new Promise<void>((go) => this.#cancelling.push(go))
    await this.#cancel(id)
  }

  #pump(): void {
    if (this.#readings.every(({ begun }) => begun)) this.#letGo()
    while (this.#asked < (this.#readings.length > 1 ? TOGETHER : ALONE)) {
      const reading = this.#next()
      if (!reading) return
      this.#ask(reading)
    }
  }

  #letGo(): void {
    for (const go of this.#cancelling.splice(0)) go()
  }

  #next(): Reading | undefined {
    const waits = this.#firstInARow < FIRST_IN_A_ROW
    const fresh = waits ? this.#readings.find(({ begun, asked }) => !begun && asked === 0) : undefined
    const reading = fresh ?? this.#readings.find(({ begun }) => begun) ?? this.#readings[0]
    this.#firstInARow = reading && !reading.begun ? this.#firstInARow + 1 : 0
    if (!reading) return undefined
    this.#readings = [...this.#readings.filter((other) => other !== reading), reading]
    return reading
  }

  #ask(reading: Reading): void {
    const isNew = !reading.begun
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
        if (isNew) this.#letGo()
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

function messageOf(json: string): string {
  try {
    const { message } = JSON.parse(json) as { message?: unknown }
    if (typeof message === 'string') return message
  } catch {
    // Whatever it is, it is no answer.
  }
  return 'it failed without a reason'
}
