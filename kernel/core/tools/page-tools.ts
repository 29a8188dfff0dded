/**
 * Functions that open pages offer. Each lives exactly as long as the `tool.register` call that offers it. When several
 * tabs offer the same name, as two tabs of one app do, the newest serves and an older one takes over when it closes.
 */
import { HearthError, type JsonValue, type ToolInfo, type ToolManifest, type SyscallArgs } from '../../abi/index.ts'
import type { Call } from '../call.ts'
import type { Platform } from '../platform.ts'
import { TOOLS_PER_SESSION } from '../param.ts'
import type { ArgumentsCheck } from './arguments-check.ts'
import { checkOfPage } from './arguments.ts'
import type { ToolCallContext } from './tool.ts'

interface Invocation {
  readonly session: string | null
  settle(outcome: SyscallArgs<'tool.settle'>): void
}

export interface PageTool {
  readonly info: ToolInfo
  readonly check: () => Promise<ArgumentsCheck>
  readonly where: string
  run(args: JsonValue, context: ToolCallContext): Promise<JsonValue>
}

export interface PageTools {
  find(name: string): PageTool | undefined
  list(): PageTool[]
  /** Serves until the call's signal aborts, then rejects with its reason; or with `bad-request` for a schema of no use. */
  register(call: Call<'tool.register'>): Promise<never>
  /** Answers for an invocation that is no longer awaited, or is another session's, change nothing. */
  settle(call: Call<'tool.settle'>): void
}

export function createPageTools(deps: { random: Platform['random']; onChange(): void }): PageTools {
  const offers = new Map<string, PageTool[]>()
  const invocations = new Map<string, Invocation>()
  const perSession = new Map<string, number>()

  function invoke(call: Call<'tool.register'>, args: JsonValue, context: ToolCallContext): Promise<JsonValue> {
    const { name } = call.args
    const invocation = deps.random.id('invocation')
    return new Promise<JsonValue>((resolve, reject) => {
      const stop = (): void => {
        call.emit({ type: 'abort', invocation })
        end(() => reject(context.signal.reason))
      }
      const gone = (): void => end(() => reject(toolGone(name)))
      function end(then: () => void): void {
        invocations.delete(invocation)
        context.signal.removeEventListener('abort', stop)
        call.signal.removeEventListener('abort', gone)
        then()
      }
      if (call.signal.aborted) return void reject(toolGone(name))
      if (context.signal.aborted) return void reject(context.signal.reason)
      context.signal.addEventListener('abort', stop, { once: true })
      call.signal.addEventListener('abort', gone, { once: true })
      invocations.set(invocation, {
        session: call.caller.session,
        settle: (outcome) =>
          end(() => {
            if (outcome.ok) resolve(outcome.value)
            else reject(new HearthError('tool-failed', outcome.message, { tool: name, reason: outcome.message }))
          }),
      })
      call.emit({ type: 'invoke', invocation, arguments: args, agent: context.agent })
    })
  }

  function remove(name: string, tool: PageTool): void {
    const left = (offers.get(name) ?? []).filter((other) => other !== tool)
    if (left.length > 0) offers.set(name, left)
    else offers.delete(name)
  }

  return {
    find: (name) => offers.get(name)?.at(-1),
    list: () => [...offers.values()].flatMap((tools) => tools.at(-1) ?? []),
    register(call) {
      const manifest: ToolManifest = call.args
      const session = call.caller.session ?? ''
      const count = perSession.get(session) ?? 0
      if (count >= TOOLS_PER_SESSION) {
        throw new HearthError(
          'over-limit',
          `This page already offers ${TOOLS_PER_SESSION} tools. Withdraw one first.`,
          {
            limit: 'tools per session',
            maximum: TOOLS_PER_SESSION,
            retryAfterMs: null,
          },
        )
      }
      call.signal.throwIfAborted()
      // On offer at once, whatever comes of this: an agent that is asked in the next moment may need it.
      const check = checkOfPage(manifest.name, manifest.parameters)
      const tool: PageTool = {
        info: { ...manifest, from: { kind: 'page', name: call.caller.name, session } },
        check: () => check,
        where: `page: ${call.caller.name}`,
        run: (args, context) => invoke(call, args, context),
      }
      offers.set(manifest.name, [...(offers.get(manifest.name) ?? []), tool])
      perSession.set(session, count + 1)
      deps.onChange()
      return new Promise<never>((_, reject) => {
        const withdraw = (reason: unknown): void => {
          call.signal.removeEventListener('abort', stop)
          remove(manifest.name, tool)
          const left = (perSession.get(session) ?? 1) - 1
          if (left > 0) perSession.set(session, left)
          else perSession.delete(session)
          deps.onChange()
          reject(reason)
        }
        const stop = (): void => withdraw(call.signal.reason)
        call.signal.addEventListener('abort', stop, { once: true })
        // Its schema turned out to be of no use.
        check.catch((error: unknown) => call.signal.aborted || withdraw(error))
      })
    },
    settle({ args, caller }) {
      const invocation = invocations.get(args.invocation)
      if (invocation?.session === caller.session) invocation.settle(args)
    },
  }
}

export const toolGone = (tool: string): HearthError =>
  new HearthError(
    'tool-gone',
    `The page whose function "${tool}" is has closed. Whether it finished is not known; open the page again to use it.`,
    { tool },
  )
