/** Two endpoints joined in memory, the twin of a MessageChannel: messages are cloned, ordered, and arrive later. */
import type { Endpoint } from '../../core/endpoint.ts'

interface Message {
  readonly data: unknown
  readonly ports: readonly unknown[]
}

class MemoryEndpoint implements Endpoint {
  peer: MemoryEndpoint | undefined
  #listener: ((message: unknown, ports: readonly unknown[]) => void) | undefined
  #queue: Message[] = []
  #closed = false

  postMessage(message: unknown, transfer: readonly unknown[] = []): void {
    if (this.#closed) return
    const { data, ports } = structuredClone(
      { data: message, ports: transfer },
      { transfer: transfer as Transferable[] },
    )
    this.peer?.deliver({ data, ports })
  }

  listen(listener: (message: unknown, ports: readonly unknown[]) => void): void {
    this.#listener = listener
    const waiting = this.#queue
    this.#queue = []
    for (const message of waiting) this.deliver(message)
  }

  close(): void {
    this.#closed = true
    this.#queue = []
  }

  deliver(message: Message): void {
    if (this.#closed) return
    if (this.#listener === undefined) {
      this.#queue.push(message)
      return
    }
    queueMicrotask(() => {
      if (!this.#closed) this.#listener?.(message.data, message.ports)
    })
  }
}

/** What is posted to one arrives at the other. */
export function createEndpointPair(): [Endpoint, Endpoint] {
  const a = new MemoryEndpoint()
  const b = new MemoryEndpoint()
  a.peer = b
  b.peer = a
  return [a, b]
}
