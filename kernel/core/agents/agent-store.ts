/** The agents of this origin. All of them are in memory, so that the gate can ask for an agent's tools at no cost. */
import { HearthError, type Agent, type AgentSettings, type Principal, type SyscallArgs } from '../../abi/index.ts'
import type { AtomicOutcome } from '../call.ts'
import type { KernelEvents } from '../events.ts'
import { AGENTS_KEPT } from '../param.ts'
import type { Platform } from '../platform.ts'
import { writtenBy } from '../provenance.ts'
import type { Mutation } from '../storage/database.ts'
import { KEY_END } from '../storage/records.ts'

export interface AgentStore {
  find(id: string): Agent | undefined
  /** @throws HearthError `not-found`. */
  get(id: string): Agent
  /** Oldest first. */
  list(): Agent[]
  create(settings: AgentSettings, by: Principal): AtomicOutcome<Agent>
  update(args: SyscallArgs<'agent.update'>): AtomicOutcome<Agent>
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
    const message = 'This agent no longer exists. Its runs are still listed; create it again to use it.'
    throw new HearthError('not-found', message, { kind: 'agent', id })
  }

  function put(agent: Agent): AtomicOutcome<Agent> {
    const writes: Mutation[] = [{ op: 'put', store: 'agents', value: agent }]
    return {
      result: agent,
      writes,
      after() {
        agents.set(agent.id, agent)
        deps.events.publish({ type: 'agents' })
      },
    }
  }

  return {
    find: (id) => agents.get(id),
    get,
    list: () => [...agents.values()].sort((left, right) => left.createdAt - right.createdAt),
    create(settings, by) {
      if (agents.size >= AGENTS_KEPT) {
        const message = `There are ${AGENTS_KEPT} agents already. Delete one you no longer use.`
        throw new HearthError('over-limit', message, { limit: 'agents', maximum: AGENTS_KEPT, retryAfterMs: null })
      }
      return put({ ...settings, id: random.id('agent'), createdAt: clock.now(), createdBy: writtenBy(by) })
    },
    update({ agent: id, ...changes }) {
      const given = Object.entries(changes).filter(([, value]) => value !== undefined)
      return put({ ...get(id), ...(Object.fromEntries(given) as Partial<AgentSettings>) })
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
