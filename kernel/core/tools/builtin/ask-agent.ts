/** `ask_agent(agent, question)`: another agent of this origin answers, in its own conversation and with its own tools. */
import type { Principal } from '../../../abi/index.ts'
import { textOf, type BuiltinTool } from '../tool.ts'

export interface AskRequest {
  /** Who asks. A run that asks again after a crash, in the same tool call, gets the answer of the first time. */
  readonly principal: Principal
  /** For a person: who asks. */
  readonly name: string
  /** Name or id of the agent to ask. */
  readonly agent: string
  readonly question: string
  readonly signal: AbortSignal
}

/**
 * Has an agent answer, and resolves with the text of its answer.
 * @throws HearthError `not-found`, `denied` when they would wait for each other, `over-limit`, `tool-failed`, or the signal's reason.
 */
export type AskAgent = (request: AskRequest) => Promise<string>

export function askAgent(ask: AskAgent): BuiltinTool {
  return {
    where: 'another agent',
    // It ends with the other agent's run, which a person may pause for as long as they like.
    untimed: true,
    manifest: {
      name: 'ask_agent',
      description: 'Ask another agent and wait for its answer.',
      parameters: {
        type: 'object',
        properties: {
          agent: { type: 'string', minLength: 1, maxLength: 128, description: "The agent's name." },
          question: { type: 'string', minLength: 1, maxLength: 50_000 },
        },
        required: ['agent', 'question'],
        additionalProperties: false,
      },
      effects: 'external',
      idempotent: true,
      timeoutMs: 600_000,
    },
    run: (args, { principal, name, signal }) =>
      ask({ principal, name, agent: textOf(args, 'agent'), question: textOf(args, 'question'), signal }),
  }
}
