/**
 * The `agent` and `run` syscalls. A run belongs to the kernel: when the tab that asked for it closes it goes on, and it
 * stops only when a person, its caller or the kernel's stop says so.
 */
import { HearthError, type Agent, type Run } from '../../abi/index.ts'
import type { Call, HandlersOf, Invoke } from '../call.ts'
import type { ContextService } from '../context/service.ts'
import type { FilesService } from '../files/service.ts'
import type { Budgets } from '../governance/budgets.ts'
import type { Models } from '../engines/generation.ts'
import type { KernelEvents } from '../events.ts'
import type { SourceOf } from '../memory/agent-memory.ts'
import type { MemoryService } from '../memory/service.ts'
import type { Platform } from '../platform.ts'
import type { AskAgent } from '../tools/builtin/ask-agent.ts'
import type { EffectsOf } from '../tools/tool.ts'
import type { ToolService } from '../tools/service.ts'
import { noSuchAgent, openAgentStore } from './agent-store.ts'
import { findUserTurn, historyPage, TurnIndexes } from './conversation.ts'
import { createEffects } from './effects.ts'
import type { LeavingDeps } from './leaving.ts'
import type { PauseSwitch } from './run-control.ts'
import { Runs } from './runs.ts'

export interface AgentService extends AsyncDisposable {
  readonly handlers: HandlersOf<'agent'> & HandlersOf<'run'>
  /** Continues every run that an earlier kernel left; resolves once they are on their way. */
  recover(): Promise<void>
  /** Stops every run; returns how many there were. */
  stopAll(): number
  /** Names of the tools an agent may use; undefined when there is no such agent. */
  toolsOf(agent: string): readonly string[] | undefined
  /** For the tool `ask_agent`. */
  readonly ask: AskAgent
  /** Commits what tools write for runs. */
  readonly effectsOf: EffectsOf
  /** The run that a call started and that has not ended. */
  runOfCall(call: string): string | undefined
  /** Where a run's tool call that is under way stands in its journal, and which model made it. */
  readonly sourceOf: SourceOf
}

/** Disposing of it suspends the runs: nothing ends, and a later kernel goes on. */
export async function createAgentService(deps: {
  platform: Pick<Platform, 'clock' | 'random' | 'database'>
  events: KernelEvents
  models: Models
  tools: Pick<ToolService, 'find' | 'whereOf' | 'whenOffered'>
  memory: Pick<MemoryService, 'forget'>
  files: Pick<FilesService, 'forget'>
  context: Pick<ContextService, 'prepare' | 'open' | 'reopen' | 'counted' | 'forget'>
  invoke: Invoke
  everything: PauseSwitch
  budgets: Budgets
}): Promise<AgentService> {
  const { platform, events } = deps
  const { database } = platform
  const agents = await openAgentStore({ platform, events })
  const turns = new TurnIndexes(database)
  const runs = new Runs({ ...deps, turns, agent: (id) => agents.get(id), findAgent: (id) => agents.find(id) })
  await runs.load()
  const parts: LeavingDeps = { ...deps, agents, turns, runs }
  const leaving = () => import('./leaving.ts')

  async function run(call: Call<'agent.run'>): Promise<Run> {
    const { args, caller, signal } = call
    if (args.replace !== undefined) {
      await findUserTurn(database, agents.get(args.agent).id, args.replace)
      signal.throwIfAborted()
    }
    deps.models.admit(agents.get(args.agent).model)
    // Nothing may be awaited before `start` has noted which call this run belongs to.
    const id = await runs.start({ ...args, call: call.id, principal: caller.principal, askedBy: caller.name })
    // A dead tab aborts too, but only stops listening.
    const stop = (): void => {
      const { reason } = signal
      if (!(HearthError.is(reason, 'cancelled') && reason.data.by === 'tab')) void runs.cancel(id)
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    try {
      return await runs.watch(id, -1, signal, (event) => call.emit(event))
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** What is written of an agent that is being deleted would bring it back. @throws HearthError `not-found` */
  function staying<A extends { agent: string }>(args: A): A {
    if (runs.isLeaving(args.agent)) throw noSuchAgent(args.agent)
    return args
  }

  async function setPaused(id: string, paused: boolean): Promise<Agent> {
    const before = agents.get(staying({ agent: id }).agent)
    if (before.paused === paused) return before
    const agent = await agents.setPaused(id, paused)
    runs.agentChanged(id)
    return agent
  }

  return {
    handlers: {
      'agent.create'({ args, caller }) {
        const made = agents.create(args, caller.principal)
        turns.begin(made.result.id)
        return made
      },
      'agent.list': () => ({ agents: agents.list() }),
      'agent.get': ({ args }) => agents.get(args.agent),
      'agent.update': ({ args }) => agents.update(staying(args)),
      'agent.delete': async ({ args, signal }) => (await leaving()).deleteAgent(parts, args.agent, signal),
      'agent.history'({ args }) {
        agents.get(args.agent)
        return historyPage(database, args.agent, args.before, args.limit)
      },
      'agent.clear': async ({ args }) => (await leaving()).clearConversation(parts, args.agent),
      'agent.run': run,
      'run.list': ({ args }) => ({ runs: runs.list(args) }),
      'run.watch': (call) => runs.watch(call.args.run, call.args.after, call.signal, (event) => call.emit(event)),
      'run.cancel': ({ args }) => runs.cancel(args.run),
      'run.pause': ({ args }) => runs.pause(args.run, true),
      'run.resume': ({ args }) => runs.pause(args.run, false),
      'run.renice': ({ args: { run, ...niceness } }) => runs.renice(run, niceness),
      'run.decide': ({ args }) => runs.decide(args),
      'agent.pause': ({ args }) => setPaused(args.agent, true),
      'agent.resume': ({ args }) => setPaused(args.agent, false),
      'agent.budget': ({ args }) => ({ budgets: deps.budgets.state(agents.get(args.agent)) }),
    },
    recover: () => runs.recover(),
    stopAll: () => runs.stopAll(),
    toolsOf: (agent) => agents.find(agent)?.tools,
    ask: async (request) => (await import('./asking.ts')).askAgent(runs, agents, request),
    effectsOf: createEffects(runs.active, database),
    runOfCall: (call) => runs.active.ofCall(call),
    sourceOf(id) {
      const log = runs.active.get(id)?.log
      const call = log?.events.findLast(({ type }) => type === 'tool-call')
      if (!log || !call) return undefined
      return { run: id, seq: call.seq, ...(log.record.model === null ? {} : { model: log.record.model }) }
    },
    [Symbol.asyncDispose]: () => runs.suspend(),
  }
}
