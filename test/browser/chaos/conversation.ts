/** What two runs of the same question must have in common, and how often a page's function ran. */
import type { Turn } from '../../../sdk/index.ts'

/** A conversation without what may differ: ids, times and measurements. */
export function asConversation(turns: readonly Turn[]): unknown[] {
  return turns.map(({ role, text, ended, toolCalls, outcome }) => ({
    role,
    text,
    ended,
    calls: toolCalls.map(({ name, arguments: args }) => ({ name, args })),
    outcome: outcome && { tool: outcome.tool, ok: outcome.ok, value: outcome.value },
  }))
}

/** Executions of the page's function, by the agent that called it. */
export class Effects {
  readonly #counts = new Map<string, number>()

  note(agent: string | null): void {
    this.#counts.set(agent ?? '', this.of(agent ?? '') + 1)
  }

  of(agent: string): number {
    return this.#counts.get(agent) ?? 0
  }
}
