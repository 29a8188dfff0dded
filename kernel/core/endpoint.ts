/** The smallest thing the kernel can talk through: what a MessagePort, a worker and a test pair have in common. */
export interface Endpoint {
  /** @param transfer moved, not copied: ports and buffers. */
  postMessage(message: unknown, transfer?: readonly unknown[]): void
  /** One listener; setting it starts delivery. `ports` are those transferred with the message. */
  listen(listener: (message: unknown, ports: readonly unknown[]) => void): void
  /** Nothing is delivered afterwards, also what was already queued. */
  close(): void
}
