/** What the page says to the worker with a kernel on a stub engine, and what it is told. */
export type ToStub =
  | { t: 'boot'; database: string; slots: number }
  /** A client's port is the message's only transferable. */
  | { t: 'connect' }
  /** Asks for what was measured since the last time. */
  | { t: 'measured' }

export interface Measured {
  /** Milliseconds from the arrival of each `llm.chat` or `agent.run` to the engine's `generate`. */
  dispatchMs: number[]
  /** Decisions of the scheduler, and milliseconds that all of them took together. */
  decisions: number
  decisionMs: number
}

export type FromStub = { t: 'booted' } | { t: 'failed'; reason: string } | ({ t: 'measured' } & Measured)
