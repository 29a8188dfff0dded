/** Agents that always want tokens: how many each gets in a stretch of time in which all of them do. */
import type { RunEvent } from '../../../kernel/abi/index.ts'
import type { Direct } from '../direct.ts'
import { client, createAgent } from './kernel-side.ts'
import { question } from './workload.ts'

export interface BackloggedAgent {
  weight: number
  /** Tokens of each of its answers. */
  maxTokens: number
}

/** Tokens each agent was given in `windowMs` after `warmUpMs`, in their order. */
export async function backlogKernel(
  agents: BackloggedAgent[],
  warmUpMs: number,
  windowMs: number,
  first: number,
): Promise<number[]> {
  const handles = await Promise.all(agents.map(({ weight, maxTokens }) => createAgent(maxTokens, { weight })))
  let over = false
  let next = first
  const loops = handles.map(async (agent) => {
    let last: string | undefined
    while (!over) {
      // In place of the question before: reading a prompt is service too, and a conversation that grows with every answer
      // would have those that are given more pay more for each.
      const onEvent = (event: RunEvent): void => void (event.type === 'started' && (last = event.turn.id))
      await agent.run(question(next++), { onEvent, ...(last !== undefined && { replace: last }) }).result
    }
    await agent.delete()
  })
  await passed(warmUpMs)
  const before = await tokensBySlice()
  await passed(windowMs)
  const after = await tokensBySlice()
  over = true
  await Promise.all(loops)
  return handles.map(({ id }) => (after.get(id) ?? 0) - (before.get(id) ?? 0))
}

/** What the kernel's own record of its slots says, by agent. */
async function tokensBySlice(): Promise<Map<string, number>> {
  const { slices } = await (await client()).call('kernel.timeline', { limit: 5000 })
  const tokens = new Map<string, number>()
  for (const slice of slices) {
    if (slice.agent !== null) tokens.set(slice.agent, (tokens.get(slice.agent) ?? 0) + slice.tokens)
  }
  return tokens
}

/** The same agents in order of arrival; weights mean nothing there. */
export async function backlogDirect(
  direct: Direct,
  agents: BackloggedAgent[],
  warmUpMs: number,
  windowMs: number,
  first: number,
): Promise<number[]> {
  const written = agents.map(() => 0)
  let over = false
  let next = first
  const loops = agents.map(async ({ maxTokens }, index) => {
    const onText = (_text: string, tokens: number): void => void (written[index] = (written[index] ?? 0) + tokens)
    while (!over) await direct.chat(question(next++), { maxTokens, onText })
  })
  await passed(warmUpMs)
  const before = [...written]
  await passed(windowMs)
  const after = [...written]
  over = true
  await Promise.all(loops)
  return after.map((tokens, index) => tokens - (before[index] ?? 0))
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
