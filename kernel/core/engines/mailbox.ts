/** Turns pushed values into an iteration, in order and without loss. One reader; `close` ends it after what was pushed. */
export interface Mailbox<T> extends AsyncIterable<T> {
  push(value: T): void
  close(): void
}

export function createMailbox<T>(): Mailbox<T> {
  const values: T[] = []
  let closed = false
  let wake = () => {}
  return {
    push(value) {
      if (closed) return
      values.push(value)
      wake()
    },
    close() {
      closed = true
      wake()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        if (values.length > 0) yield values.shift() as T
        else if (closed) return
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}
