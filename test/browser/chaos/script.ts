/**
 * What the scripted engine "says" in chaos runs: NOT a model, but the same shapes of answers as the starter model's to the
 * same questions, so that one plan serves both. It writes a few hundred pieces a second, as a small model does.
 */
import type { GenerateRequest } from '../../../kernel/core/engines/engine.ts'
import type { ScriptedOptions, ScriptedPart } from '../../../kernel/drivers/scripted/engine.ts'

/** Milliseconds a piece takes. */
const PIECE_MS = 3

export function createChaosScript(): Pick<ScriptedOptions, 'script' | 'pace'> {
  return {
    script: (request) => parts(request),
    pace: () => new Promise((resolve) => setTimeout(resolve, PIECE_MS)),
  }
}

function parts({ messages }: GenerateRequest): readonly ScriptedPart[] {
  const asked = messages.findLastIndex(({ role }) => role === 'user')
  const question = messages[asked]?.content ?? ''
  const answered = messages.slice(asked).some(({ role }) => role === 'tool')
  if (answered) return ['That ', 'is ', 'done: ', messages.at(-1)?.content ?? '', '.']
  if (question.startsWith('Refund')) return [call('refund', { order: '1042', amount: 62 })]
  if (question.startsWith('What is')) return [call('calculate', { expression: '12 * 34' })]
  return Array.from({ length: 40 }, (_, index) => `${index + 1}, `)
}

function call(name: string, args: unknown): ScriptedPart {
  return { call: { id: `of the script: ${name}`, name, arguments: JSON.stringify(args) } }
}
