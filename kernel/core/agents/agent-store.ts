/** The agents of this origin. All of them are in memory, so that the gate can ask for an agent's tools at no cost. */
import { HearthError, type Agent, type AgentSettings, type Principal, type SyscallArgs } from '../../abi/index.ts'
import type { AtomicOutcome } from '../call.ts'
import type { KernelEvents } from '../events.ts'
import { AGENTS_KEPT } from '../param.ts'
import type { Platform } from '../platform.ts'
import { writtenBy } from '../provenance.ts'
import { KEY_END } from '../storage/records.ts'

export interface AgentStore {
  find(id: string): Agent | undefined
  /** @throws HearthError `not-found`. */
  get(id: string): Agent
  /** Oldest first. */
  list(): Agent[]
  create(settings: AgentSettings, by: Principal): AtomicOutcome<Agent>
  update(args: SyscallArgs<'agent.update'>): AtomicOutcome<Agent>
  /** Resolves once it is stored. @throws HearthError `not-found`, or what the commit failed with. */
  setPaused(id: string, paused: boolean): Promise<Agent>
  /** Deletes its turns too. */
  remove(id: string): AtomicOutcome<Record<string, never>>
}

export async function openAgentStore(deps: {
  platform: Pick<Platform, 'clock' | 'random' | 'database'>
  events: KernelEvents
}): Promise<AgentStore> {
  const { clock, random, database } = deps.platform
  const agents = new Map((await database.list('agents')).map((agent) => [agent.id, agent]))

  function get(id: string): Agent {
    const agent = agents.get(id)
    if (agent) return agent
    throw noSuchAgent(id)
  }

  /** Agents whose first commit is under way: they count as there. */
  let beginning = 0

  // Changes whose commits are under way, oldest first: the next one builds on them, so that none undoes another's fields.
  const pending = new Map<string, Partial<Agent>[]>()

  function put(agent: Agent): AtomicOutcome<Agent> {
    return {
      result: agent,
      writes: [{ op: 'put', store: 'agents', value: agent }],
      after() {
        agents.set(agent.id, agent)
        deps.events.publish({ type: 'agents' })
      },
    }
  }

  /** Must be committed at once: a later change takes it for granted until it has failed. */
  function change(id: string, fields: Partial<Agent>): AtomicOutcome<Agent> {
    const before = pending.get(id) ?? []
    const outcome = put(Object.assign({}, get(id), ...before, fields) as Agent)
    pending.set(id, [...before, fields])
    const settled = (): void => {
      const left = (pending.get(id) ?? []).filter((other) => other !== fields)
      if (left.length > 0) pending.set(id, left)
      else pending.delete(id)
    }
    return {
      ...outcome,
      after() {
        settled()
        // Deleted meanwhile, it must not come back.
        if (agents.has(id)) outcome.after?.()
      },
      failed: settled,
    }
  }

  return {
    find: (id) => agents.get(id),
    get,
    list: () => [...agents.values()].sort((left, right) => left.createdAt - right.createdAt),
    create(settings, by) {
      if (agents.size + beginning >= AGENTS_KEPT) {
        const message = `There are ${AGENTS_KEPT} agents already. Delete one you no longer use.`
        throw new HearthError('over-limit', message, { limit: 'agents', maximum: AGENTS_KEPT, retryAfterMs: null })
      }
      const id = random.id('agent')
      const { after, ...made } = put({
        ...settings,
        id,
        createdAt: clock.now(),
        createdBy: writtenBy(by),
        paused: false,
      })
      beginning += 1
      return {
        ...made,
        after() {
          beginning -= 1
          after?.()
        },
        failed: () => void (beginning -= 1),
      }
    },
    update({ agent: id, ...changes }) {
      const given = Object.entries(changes).filter(([, value]) => value !== undefined)
      return change(id, Object.fromEntries(given))
    },
    async setPaused(id, paused) {
      const { result, writes, after, failed } = change(id, { paused })
      try {
        await database.commit(writes, 'strict')
      } catch (error) {
        failed?.()
        throw error
      }
      after?.()
      return result
    },
    remove(id) {
      get(id)
      return {
        result: {},
        writes: [
          { op: 'delete', store: 'agents', key: id },
          { op: 'delete-range', store: 'turns', from: [id, 0], to: [id, KEY_END] },
        ],
        after() {
          agents.delete(id)
          deps.events.publish({ type: 'agents' })
        },
      }
    },
  }
}

export function noSuchAgent(id: string): HearthError<'not-found'> {
  const message = 'This agent no longer exists. Create it again to use it; what it said and did is gone.'
  return new HearthError('not-found', message, { kind: 'agent', id })
}
