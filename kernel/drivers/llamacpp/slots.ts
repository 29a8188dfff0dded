/** Counts llama.cpp's slots: first come, first served, and never one more than there are. */
interface Waiting {
  count: number
  admit: () => void
}

export class Slots {
  readonly total: number
  #free: number
  #waiting: Waiting[] = []

  constructor(total: number) {
    this.total = total
    this.#free = total
  }

  /**
   * Resolves with slots, to be disposed of, or rejects with the signal's reason.
   * @param count how many; all of them keep everybody else out.
   */
  async take(count: number, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted()
    await this.#wait(count, signal)
    let held = true
    return {
      [Symbol.dispose]: () => {
        if (held) this.#free += count
        held = false
        this.#admit()
      },
    }
  }

  /** Does `work` while holding slots. */
  async hold<T>(count: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const slots = await this.take(count, signal)
    try {
      return await work()
    } finally {
      slots[Symbol.dispose]()
    }
  }

  #wait(count: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        count,
        admit: () => {
          signal.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      const onAbort = () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting)
        reject(signal.reason)
        // Who waited behind one that wanted many may fit now.
        this.#admit()
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(waiting)
      this.#admit()
    })
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && next.count <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#free -= next.count
      next.admit()
    }
  }
}
