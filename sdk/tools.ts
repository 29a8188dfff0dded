/** Tools: what there is, calling one, and lending the page's own functions to agents. */
import type { JsonValue, SyscallInput, ToolInfo, ToolOutcome } from '../kernel/abi/index.ts'

export interface ToolContext {
  /** Aborts when the caller gave up or the tool's time is over. Stop work then; the result is no longer wanted. */
  readonly signal: AbortSignal
  /** Id of the agent that calls, or null when a page does. */
  readonly agent: string | null
}

/**
 * A function of this page that agents may call. `A` is the shape `parameters` describes: arguments come from a model, so check
 * what matters. Its result must be plain data (JSON); undefined becomes null.
 */
export type PageTool<A = Record<string, JsonValue>> = SyscallInput<'tool.register'> & {
  execute(args: A, context: ToolContext): unknown
}

/** A page's function on offer. Disposing of it withdraws it; so does closing the tab. */
export interface ToolRegistration extends Disposable {
  readonly name: string
  /** Resolves when it is withdrawn; rejects when the kernel refuses it (`conflict`, `bad-request`). */
  readonly closed: Promise<void>
  unregister(): void
}

export interface Tools {
  /** Offers one of this page's functions for as long as the page is open, also across kernel restarts. */
  register<A = Record<string, JsonValue>>(tool: PageTool<A>): ToolRegistration
  list(): Promise<ToolInfo[]>
  /**
   * Calls a tool by name. A tool that fails gives an outcome with `ok: false`.
   * @throws HearthError `not-found`, `bad-request`, `tool-gone`, `cancelled`, `unknown`.
   */
  call(name: string, args: JsonValue, options?: { signal?: AbortSignal }): Promise<ToolOutcome>
}
