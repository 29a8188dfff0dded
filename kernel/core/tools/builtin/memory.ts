/** `remember(fact)` and `recall(query)`: an agent's long-term memory, in the shapes small models were taught. */
import type { Principal } from '../../../abi/index.ts'
import type { MemoryCall } from '../../memory/agent-memory.ts'
import type { MemoryService } from '../../memory/service.ts'
import { RECALL_FACTS, RECALL_SCORE_SHARE } from '../../param.ts'
import { textOf, type BuiltinTool, type ToolCallContext } from '../tool.ts'

export function remember(memory: Pick<MemoryService, 'remember'>): BuiltinTool {
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
    async run(args, context) {
      await memory.remember(textOf(args, 'fact').trim(), callOf('remember', context, 'saved'))
      return 'saved'
    },
  }
}

export function recall(memory: {
  recall(query: string, principal: Principal, k: number): ReturnType<MemoryService['recall']>
}): BuiltinTool {
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
    /** One memory as text, several as a list, best first. */
    async run(args, { principal }) {
      const hits = await memory.recall(textOf(args, 'query'), principal, RECALL_FACTS)
      const best = hits[0]?.score ?? 0
      const facts = hits.filter(({ score }) => score >= best * RECALL_SCORE_SHARE).map((hit) => hit.memory.text)
      if (facts.length === 0) return 'nothing found'
      return facts.length === 1 ? (facts[0] ?? '') : facts
    },
  }
}

/** @param returns what the call returns once it is done */
export const callOf = (tool: string, { principal, signal, commit }: ToolCallContext, returns: string): MemoryCall => ({
  ...{ tool, principal, signal },
  commit: (writes) => commit(writes, returns),
})
