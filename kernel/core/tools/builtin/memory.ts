/** `remember(fact)` and `recall(query)`: an agent's long-term memory. Recalled text is never stored again by itself. */
import type { Principal } from '../../../abi/index.ts'
import type { MemoryService } from '../../memory/service.ts'
import { RECALL_FACTS, RECALL_SCORE_SHARE } from '../../param.ts'
import { textOf, type BuiltinTool } from '../tool.ts'

/** Facts that a person or an app has remembered through the tool belong to everybody. */
const ownerOf = (principal: Principal): string | null => (principal.kind === 'agent' ? principal.id : null)

export function remember(memory: MemoryService): BuiltinTool {
  return {
    where: 'memory',
    manifest: {
      name: 'remember',
      description: 'Save a fact to long-term memory.',
      parameters: {
        type: 'object',
        properties: { fact: { type: 'string', minLength: 1, maxLength: 10_000 } },
        required: ['fact'],
        additionalProperties: false,
      },
      effects: 'write',
      idempotent: true,
      timeoutMs: 10_000,
    },
    async run(args, { principal }) {
      await memory.remember(textOf(args, 'fact').trim(), ownerOf(principal), principal)
      return 'saved'
    },
  }
}

export function recall(memory: MemoryService): BuiltinTool {
  return {
    where: 'memory',
    manifest: {
      name: 'recall',
      description: 'Search long-term memory.',
      parameters: {
        type: 'object',
        properties: { query: { type: 'string', minLength: 1, maxLength: 10_000 } },
        required: ['query'],
        additionalProperties: false,
      },
      effects: 'read',
      idempotent: true,
      timeoutMs: 10_000,
    },
    /** One fact as text, several as a list, best first: the shapes small models were taught. */
    async run(args, { principal }) {
      const hits = await memory.recall(textOf(args, 'query'), ownerOf(principal), RECALL_FACTS)
      const best = hits[0]?.score ?? 0
      const facts = hits.filter(({ score }) => score >= best * RECALL_SCORE_SHARE).map((hit) => hit.memory.text)
      if (facts.length === 0) return 'nothing found'
      return facts.length === 1 ? (facts[0] ?? '') : facts
    },
  }
}
