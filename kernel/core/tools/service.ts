/**
 * All tools by name, and the one way to run them: find, check the arguments, run under a time limit, bound the result.
 * Who may call what is the gate's business. A call that returns has succeeded; everything else is a typed error.
 */
import { HearthError, type JsonValue, type ToolInfo, type ToolManifest, type ToolOutcome } from '../../abi/index.ts'
import type { Call, HandlersOf } from '../call.ts'
import type { KernelEvents } from '../events.ts'
import type { FilesService } from '../files/service.ts'
import type { Lender } from '../lending.ts'
import type { MemoryService } from '../memory/service.ts'
import type { Platform } from '../platform.ts'
import type { Shared } from '../shared/handlers.ts'
import { TOOL_RESULT_UNITS, TOOL_RESULT_WHOLE_UNITS } from '../param.ts'
import type { ArgumentsCheck } from './arguments-check.ts'
import { assertArguments, checkOnDemand } from './arguments.ts'
import { askAgent, type AskAgent } from './builtin/ask-agent.ts'
import { calculate } from './builtin/calculate.ts'
import { currentDate, currentTime } from './builtin/current-time.ts'
import { fileTools } from './builtin/files.ts'
import { editBlock, forget, noteExperience, updateMemory } from './builtin/memory-editing.ts'
import { recall, remember } from './builtin/memory.ts'
import { runJavascript } from './builtin/run-javascript.ts'
import { sharedGet, sharedList, sharedSet } from './builtin/shared.ts'
import { createPageTools } from './page-tools.ts'
import { boundResult } from './result.ts'
import type { Sandbox } from './sandbox.ts'
import { deadline } from './deadline.ts'
import { Labelled, type EffectsOf, type ToolCallContext } from './tool.ts'

export interface ToolService extends AsyncDisposable {
  readonly handlers: HandlersOf<'tool'>
  /** A tool that can be called now. */
  find(name: string): ToolInfo | undefined
  /** Where a call of it runs, for a person. */
  whereOf(name: string): string
  /** Resolves once a tool of that name can be called; rejects with the signal's reason. */
  whenOffered(name: string, signal: AbortSignal): Promise<void>
}

interface Tool {
  readonly info: ToolInfo
  readonly check: () => Promise<ArgumentsCheck>
  readonly where: string
  readonly untimed?: boolean
  run(args: JsonValue, context: ToolCallContext): Promise<JsonValue | Labelled>
}

export function createToolService(deps: {
  platform: Pick<Platform, 'clock' | 'random' | 'sandbox'>
  events: KernelEvents
  lender: Lender
  memory: MemoryService
  shared: Pick<Shared, 'service'>
  files: Pick<FilesService, 'tools'>
  ask: AskAgent
  effectsOf: EffectsOf
}): ToolService {
  const { clock, random } = deps.platform
  let sandbox: Sandbox | null = null
  const useSandbox = (): Sandbox => (sandbox ??= deps.platform.sandbox(deps.lender))
  const waiting = new Set<() => void>()

  const builtin = new Map<string, Tool>()
  for (const tool of [
    calculate(useSandbox),
    runJavascript(useSandbox),
    remember(deps.memory),
    recall(deps.memory),
    forget(deps.memory),
    updateMemory(deps.memory),
    editBlock(deps.memory),
    noteExperience(deps.memory),
    sharedGet(deps.shared.service),
    sharedSet(deps.shared.service),
    sharedList(deps.shared.service),
    currentTime(clock),
    currentDate(clock),
    askAgent(deps.ask),
    ...fileTools(deps.files.tools),
  ]) {
    const { manifest, where, untimed = false } = tool
    builtin.set(manifest.name, {
      info: { ...manifest, from: { kind: 'builtin' } },
      check: checkOnDemand(manifest.name, manifest.parameters),
      where,
      untimed,
      run: (args, context) => tool.run(args as Record<string, JsonValue>, context),
    })
  }

  const pages = createPageTools({
    random,
    onChange() {
      deps.events.publish({ type: 'tools' })
      for (const look of [...waiting]) look()
    },
  })

  const find = (name: string): Tool | undefined => builtin.get(name) ?? pages.find(name)

  async function call({ args, caller, signal }: Call<'tool.call'>): Promise<ToolOutcome> {
    const tool = find(args.name)
    if (!tool) throw noSuchTool(args.name)
    assertArguments(args.name, await tool.check(), args.arguments)
    const began = clock.monotonic()
    const agent = caller.principal.kind === 'agent' ? caller.name : null
    const ms = tool.untimed ? null : tool.info.timeoutMs
    using limit = deadline(clock, ms, `the tool "${args.name}"`, signal)
    let result: JsonValue | Labelled
    try {
      limit.signal.throwIfAborted()
      const { principal, name } = caller
      const commit = deps.effectsOf(principal)
      result = await limit.race(tool.run(args.arguments, { principal, agent, name, signal: limit.signal, commit }))
    } catch (error) {
      throw error instanceof HearthError ? error : toolFailed(args.name, error)
    }
    const { value, provenance } = result instanceof Labelled ? result : { value: result }
    const units = agent === null ? TOOL_RESULT_WHOLE_UNITS : TOOL_RESULT_UNITS
    return {
      call: random.id('outcome'),
      tool: args.name,
      ok: true,
      value: boundResult(value, units),
      ms: clock.monotonic() - began,
      where: tool.where,
      ...(provenance && { provenance }),
    }
  }

  return {
    handlers: {
      'tool.list': () => ({ tools: [...builtin.values(), ...pages.list()].map(({ info }) => info) }),
      'tool.register': (request) => {
        assertFree(request.args)
        return pages.register(request)
      },
      'tool.settle': (request) => {
        pages.settle(request)
        return {}
      },
      'tool.call': call,
    },
    find: (name) => find(name)?.info,
    whereOf: (name) => find(name)?.where ?? 'nowhere',
    whenOffered(name, signal) {
      return new Promise<void>((resolve, reject) => {
        const stop = (): void => {
          waiting.delete(look)
          reject(signal.reason)
        }
        function look(): void {
          if (!find(name)) return
          waiting.delete(look)
          signal.removeEventListener('abort', stop)
          resolve()
        }
        if (signal.aborted) return void reject(signal.reason)
        signal.addEventListener('abort', stop, { once: true })
        waiting.add(look)
        look()
      })
    },
    async [Symbol.asyncDispose]() {
      await sandbox?.[Symbol.asyncDispose]()
    },
  }

  function assertFree({ name }: ToolManifest): void {
    if (!builtin.has(name)) return
    throw new HearthError('conflict', `"${name}" is a tool of Hearth's own. Give yours another name.`, {
      kind: 'tool',
      id: name,
    })
  }
}

const noSuchTool = (name: string): HearthError =>
  new HearthError('not-found', `There is no tool "${name}" now. If it belongs to a page, open that page.`, {
    kind: 'tool',
    id: name,
  })

function toolFailed(tool: string, error: unknown): HearthError {
  const reason = error instanceof Error ? error.message : String(error)
  return new HearthError('tool-failed', `The tool "${tool}" failed: ${reason}`, { tool, reason }, { cause: error })
}
