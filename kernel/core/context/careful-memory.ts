/**
 * Memory as answers are given it: what cannot be read is left out of the window, and said, once until it can be read again. An
 * answer without its blocks is worth more than none; one that silently lacks them would be taken for all that is known.
 */
import type { Memory } from '../../abi/index.ts'
import type { Reading, TellDeps } from './lacking-memory.ts'
import type { ContextMemory } from './memory.ts'

export interface CarefulMemory {
  blocksOf(agent: string): Promise<readonly Memory[]>
  /** Null when it cannot be told now: a later window may know. */
  experienceFor(text: string, agent: string, k: number): Promise<readonly Memory[] | null>
  versionOf(agent: string, id: string, version: number): Promise<Memory | undefined>
}

const UNREAD = 'Memory could not be read, so an agent answered without it. Nothing was lost.'

export interface CarefulDeps extends TellDeps {
  readonly memory: ContextMemory
}

export function carefulMemory(deps: CarefulDeps): CarefulMemory {
  const { memory } = deps
  /** What is being left out now, of which agent. */
  const failing = new Set<string>()

  async function read<R, E>(agent: string, name: Reading, from: () => Promise<R>, instead: E): Promise<R | E> {
    const key = `${name} ${agent}`
    try {
      const found = await from()
      failing.delete(key)
      return found
    } catch (error) {
      if (!failing.has(key)) {
        const told = await import('./lacking-memory.ts').catch(() => null)
        failing.add(key)
        if (told) told.tellOfLack(deps, agent, name, error)
        // The same reason may keep that from being loaded: a first visit that went offline half way.
        else deps.events.publish({ type: 'notice', level: 'warning', code: name, message: UNREAD })
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
