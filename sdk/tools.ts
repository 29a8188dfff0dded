/** Tools: what there is, calling one, and lending the page's own functions to agents. */
import { HearthError } from '../kernel/abi/index.ts'
import type { JsonValue, SyscallInput, ToolInfo, ToolInvocation, ToolOutcome } from '../kernel/abi/index.ts'
import type { Call, ConnectionEvent, On } from './call.ts'

/** What a page’s function is told besides its arguments. */
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
  execute: (args: A, context: ToolContext) => unknown
}

/** A page's function on offer. Disposing of it withdraws it; so does closing the tab. */
export interface ToolRegistration extends Disposable {
  /** What agents call it by. */
  readonly name: string
  /** Resolves when it is withdrawn; rejects when the kernel refuses it (`conflict`, `bad-request`). */
  readonly closed: Promise<void>
  /** Withdraws it; what runs is told by its signal. */
  unregister(): void
}

/** `hearth.tools`. */
export interface Tools {
  /** Offers one of this page's functions for as long as the page is open, also across kernel restarts. */
  register<A = Record<string, JsonValue>>(tool: PageTool<A>): ToolRegistration
  /** What can be called now: Hearth’s own, and those of pages that are open. */
  list(): Promise<ToolInfo[]>
  /**
   * Calls a tool by name. What it resolves with has `ok: true`: a tool that fails rejects.
   * @throws HearthError `tool-failed` with what the tool said, `timeout`, `not-found`, `bad-request` when the arguments do not fit,
   * `tool-gone`, `cancelled`, `unknown`, and what a tool of Hearth's own throws besides, such as `conflict` or `storage-full`.
   */
  call(name: string, args: JsonValue, options?: { signal?: AbortSignal }): Promise<ToolOutcome>
}

/** Longest error message the kernel takes, in UTF-16 units. */
const MESSAGE_UNITS = 10_000

export function createTools(call: Call, on: On): Tools {
  return {
    // The kernel has checked the arguments against `parameters`, which is all that `A` claims.
    register: <A>(tool: PageTool<A>) => offer(tool as unknown as PageTool<JsonValue>, call, on),
    list: async () => (await call('tool.list', {})).tools,
    call: (name, args, { signal } = {}) => call('tool.call', { name, arguments: args }, { signal }),
  }
}

function offer(tool: PageTool<JsonValue>, call: Call, on: On): ToolRegistration {
  const { execute: _, ...manifest } = tool
  const offering = new AbortController()
  /** What runs now, by invocation. */
  const running = new Map<string, AbortController>()

  const stopAll = (reason: string): void => {
    for (const controller of running.values()) controller.abort(new HearthError('cancelled', reason, { by: 'kernel' }))
    running.clear()
  }
  // Another kernel knows nothing of the invocations of the one before.
  const following = on('connection', ({ state }: ConnectionEvent) => {
    if (state !== 'connected') stopAll('The kernel that asked for this was replaced.')
  })

  async function invoke(id: string, args: JsonValue, agent: string | null): Promise<void> {
    const controller = new AbortController()
    running.set(id, controller)
    let answer: SyscallInput<'tool.settle'>
    try {
      const value = (await tool.execute(args, { signal: controller.signal, agent })) ?? null
      answer = { invocation: id, ok: true, value: value as JsonValue }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      answer = { invocation: id, ok: false, message: message.slice(0, MESSAGE_UNITS) }
    }
    // Given up meanwhile: nobody waits for the answer.
    if (!running.delete(id)) return
    try {
      await call('tool.settle', answer)
    } catch (error) {
      if (!HearthError.is(error, 'bad-request')) return
      const message = `The tool's result is not plain data: ${error.message}`.slice(0, MESSAGE_UNITS)
      await call('tool.settle', { invocation: id, ok: false, message }).catch(() => undefined)
    }
  }

  function onEvent(event: ToolInvocation): void {
    if (event.type === 'invoke') void invoke(event.invocation, event.arguments, event.agent)
    else {
      running.get(event.invocation)?.abort(new HearthError('cancelled', 'The caller gave up.', { by: 'kernel' }))
      running.delete(event.invocation)
    }
  }

  const closed = call('tool.register', manifest, { signal: offering.signal, onEvent }).then(
    () => undefined,
    (error: unknown) => {
      // Withdrawn, or the whole connection was closed.
      if (!HearthError.is(error, 'cancelled')) throw error
    },
  )
  const end = (): void => {
    following[Symbol.dispose]()
    stopAll('The tool was withdrawn.')
  }
  closed.then(end, end)
  const unregister = (): void => offering.abort()
  return { name: manifest.name, closed, unregister, [Symbol.dispose]: unregister }
}
