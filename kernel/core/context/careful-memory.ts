/**
 * Memory as answers are given it: what cannot be read is left out of the window, and said, once until it can be read again. An
 * answer without its blocks is worth more than none; one that silently lacks them would be taken for all that is known.
 */
import { toWire, type Memory, type SyscallName } from '../../abi/index.ts'
import type { AuditLog } from '../audit/log.ts'
import type { KernelEvents } from '../events.ts'
import type { ContextMemory } from './memory.ts'

export interface CarefulMemory {
  blocksOf(agent: string): Promise<readonly Memory[]>
  /** Null when it cannot be told now: a later window may know. */
  experienceFor(text: string, agent: string, k: number): Promise<readonly Memory[] | null>
  versionOf(agent: string, id: string, version: number): Promise<Memory | undefined>
}

export interface CarefulDeps {
  readonly memory: ContextMemory
  readonly events: Pick<KernelEvents, 'publish'>
  readonly audit: Pick<AuditLog, 'later'>
}

const LACKING = {
  'memory.list': 'its notes about you and its work',
  'memory.search': 'what it learnt from work like this',
  'memory.get': 'a memory that this conversation was shown before',
} as const satisfies Partial<Record<SyscallName, string>>

export function carefulMemory({ memory, events, audit }: CarefulDeps): CarefulMemory {
  /** What is being left out now, of which agent. */
  const failing = new Set<string>()

  async function read<R, E>(
    agent: string,
    name: keyof typeof LACKING,
    from: () => Promise<R>,
    instead: E,
  ): Promise<R | E> {
    const key = `${name} ${agent}`
    try {
      const found = await from()
      failing.delete(key)
      return found
    } catch (error) {
      if (!failing.has(key)) {
        failing.add(key)
        const { code, message } = toWire(error)
        audit.later('outcome', { id: agent, name, principal: { kind: 'kernel' } }, `${code}: answered without`)
        const text = `Memory could not be read, so an agent answered without ${LACKING[name]}. Nothing was lost. ${message}`
        events.publish({ type: 'notice', level: 'warning', code, message: text })
      }
      return instead
    }
  }

  return {
    blocksOf: (agent) => read(agent, 'memory.list', () => memory.blocksOf(agent), []),
    experienceFor: (text, agent, k) => read(agent, 'memory.search', () => memory.experienceFor(text, agent, k), null),
    versionOf: (agent, id, version) => read(agent, 'memory.get', () => memory.versionOf(id, version), undefined),
  }
}
