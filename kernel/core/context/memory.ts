/** What a window needs of memory; memory/service.ts has it. */
import type { Memory } from '../../abi/index.ts'

export interface ContextMemory {
  /** Working blocks of an agent, in the order in which they were made. */
  blocksOf(agent: string): Promise<readonly Memory[]>
  /** Experience with work like this that is worth showing, best first. */
  experienceFor(text: string, agent: string, k: number): Promise<readonly Memory[]>
  /** A memory as it was at a version; undefined once it is forgotten. */
  versionOf(id: string, version: number): Promise<Memory | undefined>
}

/** Of a conversation without memory. */
export const NO_MEMORY: ContextMemory = {
  blocksOf: () => Promise.resolve([]),
  experienceFor: () => Promise.resolve([]),
  versionOf: () => Promise.resolve(undefined),
}
