/** What an agent can really do, as questions to begin with: by its tools, and by how much its model understands. Pure. */
import type { Agent } from '../../../sdk/index.ts'

export interface Suggestion {
  readonly text: string
  readonly about: string
}

/** @param small true for the starter model, which understands only short, plain requests. */
export function suggestionsFor({ tools }: Pick<Agent, 'tools'>, small: boolean, remembers: boolean): Suggestion[] {
  const has = (tool: string): boolean => tools.includes(tool)
  const offered: (Suggestion | false)[] = [
    has('calculate') && { text: 'What is 12 * 34?', about: 'Exact sums, by a tool' },
    has('remember') && !remembers && { text: 'Remember that my dog is Rosa.', about: 'Kept on this device' },
    has('recall') && remembers && { text: 'What is my dog?', about: 'Recalled from memory' },
    has('current_time') && { text: 'What time is it?', about: 'From this device’s clock' },
    !small && { text: 'Explain in three sentences how a hearth warms a room.', about: 'In plain words' },
    has('run_javascript') && { text: 'Run this code: [3, 1, 2].length', about: 'In a sandbox' },
    !small && { text: 'Draft a friendly note that moves our meeting to Friday.', about: 'Writing' },
    !small && { text: 'Give me five names for a small bakery.', about: 'Ideas' },
    small && { text: 'List the days of the week.', about: 'What it has learnt by heart' },
    small && { text: 'Hello, who are you?', about: 'It will tell you' },
  ]
  return offered.filter((one) => one !== false).slice(0, 4)
}
