/** Agents' context windows: which pages of a conversation the model sees, and moving them in and out by hand. */
import type { ContextPage, SyscallResult } from '../kernel/abi/index.ts'
import type { Call } from './call.ts'

/** The window as it would be sent now, all pages of the conversation, oldest first, and the memories in it. Sizes are in tokens. */
export type ContextView = SyscallResult<'context.window'>

/**
 * A conversation is a list of pages: an exchange each (a question and all that followed), or a part of a very long one.
 * When the window is full, the least valuable pages leave it together; one that a later question is about comes back.
 * Whatever is changed here holds from the next answer on. A `context` event tells of changes, these ones too.
 */
export interface Context {
  /** @throws HearthError `not-found`. */
  window(agent: string): Promise<ContextView>
  /**
   * Keeps the page that has this turn in the window for good.
   * @throws HearthError `over-limit` when half the window would be pinned (the message says how much is), `not-found`.
   */
  pin(agent: string, turn: string): Promise<ContextPage>
  /** The page stays in the window until pages have to leave. @throws HearthError `not-found`. */
  unpin(agent: string, turn: string): Promise<ContextPage>
  /**
   * Takes a page out of the window until `restore`; by itself it does not come back.
   * @throws HearthError `conflict` for a pinned page and for the newest exchange, `not-found`.
   */
  evict(agent: string, page: string): Promise<void>
  /** Puts a page back in its place. @throws HearthError `not-found`. */
  restore(agent: string, page: string): Promise<void>
  /** Lets go of what the user said in a page that holds until further notice. @throws HearthError `not-found`. */
  release(agent: string, page: string): Promise<void>
}

/** @internal */
export function createContext(call: Call): Context {
  return {
    window: (agent) => call('context.window', { agent }),
    pin: (agent, turn) => call('context.pin', { agent, turn }),
    unpin: (agent, turn) => call('context.unpin', { agent, turn }),
    evict: async (agent, page) => void (await call('context.evict', { agent, page })),
    restore: async (agent, page) => void (await call('context.restore', { agent, page })),
    release: async (agent, page) => void (await call('context.release', { agent, page })),
  }
}
