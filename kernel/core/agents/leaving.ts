/**
 * What goes when a conversation is cleared or an agent deleted: its turns and pages, and of its runs the records and journals,
 * which have the same words; of calls on record those that the agent made, and what results of others quote. Runs under way are
 * stopped first: what they would write belongs to the conversation that goes. Imported when it is first asked for.
 */
import type { Agent, ContextPage, Run } from '../../abi/index.ts'
import type { AtomicOutcome } from '../call.ts'
import { changeCalls, withResult } from '../call-results.ts'
import type { ContextService } from '../context/service.ts'
import type { FilesService } from '../files/service.ts'
import type { Budgets } from '../governance/budgets.ts'
import type { KernelEvents } from '../events.ts'
import type { MemoryService } from '../memory/service.ts'
import type { Platform } from '../platform.ts'
import type { Mutation } from '../storage/database.ts'
import { KEY_END } from '../storage/records.ts'
import type { AgentStore } from './agent-store.ts'
import type { TurnIndexes } from './conversation.ts'
import { runOf } from './run-record.ts'
import type { Runs } from './runs.ts'

export interface LeavingDeps {
  readonly platform: Pick<Platform, 'clock' | 'database'>
  readonly events: KernelEvents
  readonly agents: Pick<AgentStore, 'get' | 'remove'>
  readonly turns: TurnIndexes
  readonly runs: Pick<Runs, 'cancelAll' | 'endedOf' | 'drop' | 'leave'>
  readonly context: Pick<ContextService, 'forget'>
  readonly files: Pick<FilesService, 'forget'>
  readonly memory: Pick<MemoryService, 'forget'>
  readonly budgets: Pick<Budgets, 'forget'>
}

export async function clearConversation(deps: LeavingDeps, agent: string): Promise<AtomicOutcome<{ turns: number }>> {
  const { platform, turns, runs, context, events } = deps
  deps.agents.get(agent)
  await runs.cancelAll(agent)
  const last = await turns.last(agent)
  const range = { from: [agent, 0], to: [agent, last] } as const
  const gone = await forgetRuns(deps, agent, withoutConversation)
  const pages = await context.forget(agent)
  return {
    result: { turns: last < 0 ? 0 : await platform.database.count('turns', range) },
    writes: [
      ...(last < 0 ? [] : [{ op: 'delete-range', store: 'turns', ...range } as const]),
      ...gone.writes,
      ...pages.writes,
    ],
    after() {
      gone.after()
      pages.after()
      events.publish({ type: 'conversation', agent })
    },
  }
}

/** No run of it begins from here on, unless this fails: what that wrote would be in a conversation of nobody. */
export async function deleteAgent(
  deps: LeavingDeps,
  agent: string,
  signal: AbortSignal,
): Promise<AtomicOutcome<Record<string, never>>> {
  deps.agents.get(agent)
  const stay = deps.runs.leave(agent)
  try {
    const { result, writes, after, failed } = await planDeletion(deps, agent, signal)
    return {
      ...{ result, writes },
      after() {
        after?.()
        stay()
      },
      failed() {
        failed?.()
        stay()
      },
    }
  } catch (error) {
    stay()
    throw error
  }
}

/** What only this agent could recall goes with it. */
async function planDeletion(
  deps: LeavingDeps,
  agent: string,
  signal: AbortSignal,
): Promise<AtomicOutcome<Record<string, never>>> {
  await deps.runs.cancelAll(agent)
  const gone = await forgetRuns(deps, agent, withoutAgent)
  const pages = await deps.context.forget(agent)
  const { result, writes, after } = deps.agents.remove(agent)
  const files = await deps.files.forget(agent, signal)
  // Last, since no memory changes from here to the commit.
  const memories = await deps.memory.forget(agent).catch((error: unknown) => {
    files.failed()
    throw error
  })
  return {
    result,
    // Memories first: they are taken out of turns and journals, which are deleted then and must not be put back.
    writes: [
      ...[...memories.writes, ...writes, ...gone.writes],
      ...[...files.writes, ...pages.writes, ...deps.budgets.forget(agent)],
    ],
    after() {
      after?.()
      memories.after()
      files.after()
      gone.after()
      pages.after()
      deps.turns.forget(agent)
    },
    failed() {
      memories.failed()
      files.failed()
    },
  }
}

/** The agent's runs that have ended, and what calls have of it. @param without takes that out of another caller's result */
async function forgetRuns(
  { platform, runs, events }: LeavingDeps,
  agent: string,
  without: (result: unknown, agent: string) => unknown,
): Promise<{ writes: Mutation[]; after(): void }> {
  const ended = await runs.endedOf(agent)
  const calls = await changeCalls(platform, (record) => {
    const { principal, result } = record
    // Under ids of the kernel's own, so nobody makes them again.
    if (principal.kind === 'agent' && principal.id === agent) return null
    return withResult(record, without(result, agent))
  })
  return {
    writes: [
      ...ended.flatMap(({ id }): Mutation[] => [
        { op: 'delete', store: 'runs', key: id },
        { op: 'delete-range', store: 'journal', from: [id, 0], to: [id, KEY_END] },
      ]),
      ...calls,
    ],
    after() {
      runs.drop(ended)
      // Whoever shows them shows their words no longer.
      for (const record of ended) events.publish({ type: 'run', run: wordless(runOf(record)) })
    },
  }
}

/** Its title is the first line of its question, and a call that is in doubt has its model's words. */
const wordless = ({ undecided: _undecided, ...run }: Run): Run => ({ ...run, title: '' })

/** What a call answered, without what that says of a conversation of the agent's; the very same when it says nothing of it. */
function withoutConversation(result: unknown, agent: string): unknown {
  if (isRun(result) && result.agent === agent) return wordless(result)
  return isPage(result) && result.agent === agent ? { ...result, stub: '', standing: [] } : result
}

/** And without what it was told to be. */
function withoutAgent(result: unknown, agent: string): unknown {
  if (!isInstructed(result) || result.id !== agent) return withoutConversation(result, agent)
  return { ...result, instructions: '' }
}

const isRun = (result: unknown): result is Run =>
  typeof result === 'object' &&
  result !== null &&
  'agent' in result &&
  'title' in result &&
  (result.title !== '' || 'undecided' in result)

const isPage = (result: unknown): result is ContextPage =>
  typeof result === 'object' && result !== null && 'agent' in result && 'stub' in result && result.stub !== ''

const isInstructed = (result: unknown): result is Agent =>
  typeof result === 'object' && result !== null && 'instructions' in result && result.instructions !== ''
