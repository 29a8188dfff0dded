/** What the page of the chaos tests and the worker with its kernel say to each other, besides the ports of clients. */

/** Where in a commit a kernel dies. `during`: the transaction is under way, and may or may not be carried out. */
export type CommitMoment = 'before' | 'during' | 'after'

/** `llamacpp` is the real engine in a worker that a tab lends; `scripted` plays back text and is no model. */
export type ChaosEngine = 'llamacpp' | 'scripted'

export type ToKernel =
  | { t: 'boot'; database: string; engine: ChaosEngine }
  /** A client's port is the message's only transferable. */
  | { t: 'connect' }
  /** Die at the commit that comes after `commits` further ones. Answered with `armed`, and then with `dead`. */
  | { t: 'die-at'; commits: number; moment: CommitMoment }
  /** The scripted engine loses its device, with all that it writes. */
  | { t: 'lose-device' }

export type FromKernel = { t: 'armed' } | { t: 'dead' } | { t: 'failed'; reason: string }
