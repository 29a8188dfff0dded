/** Taking the model from an answer and giving it back: how long until it goes on, and whether its text is what it would be. */
import type { Direct } from '../direct.ts'
import { chat, client, createAgent, watchRun } from './kernel-side.ts'

/** Tokens of an answer that is interrupted, and of those that interrupt it. */
const ANSWER_TOKENS = 120
const INTRUDER_TOKENS = 12

/** UTF-16 units after which an answer is well under way. */
const UNDER_WAY = 40

const isPaused = ({ type }: { type: string }): boolean => type === 'paused'
const isText = ({ type }: { type: string }): boolean => type === 'text'

export interface Resumed {
  promptTokens: number
  /** From asking to the first text, nothing of the prompt being known. */
  coldMs: number
  /** From being resumed by a person to the next text. */
  resumedMs: number
}

/** Asks, pauses in the middle, and resumes. Null when the answer was over too soon. */
export async function pauseAndResume(content: string): Promise<Resumed | null> {
  const { runs } = await client()
  const agent = await createAgent(ANSWER_TOKENS)
  const asked = performance.now()
  const run = watchRun(agent, content)
  const first = await run.next(isText)
  const id = await run.id
  await run.written(UNDER_WAY)
  const paused = run.next(isPaused)
  await runs.pause(id)
  const interrupted = await paused
  const next = run.next(isText)
  const resumedAt = performance.now()
  await runs.resume(id)
  const continued = await next
  await run.ended
  const { turns } = await agent.history()
  const { promptTokens } = turns.at(-1)?.usage ?? { promptTokens: 0 }
  await agent.delete()
  if (first === null || interrupted === null || continued === null) return null
  return { promptTokens, coldMs: first - asked, resumedMs: continued - resumedAt }
}

/** Milliseconds from getting a slot back, after others had all of them, to the next text. Null as above. */
export async function preemptAndResume(content: string, intruders: string[]): Promise<number | null> {
  const agent = await createAgent(ANSWER_TOKENS, { class: 'background' })
  const run = watchRun(agent, content)
  await run.written(UNDER_WAY)
  const resumed = run.next(({ type }) => type === 'resumed')
  const others = intruders.map((words) => chat(words, { maxTokens: INTRUDER_TOKENS }))
  const resumedAt = await resumed
  const continued = await run.next(isText)
  await Promise.all([run.ended, ...others])
  await agent.delete()
  return resumedAt === null || continued === null ? null : continued - resumedAt
}

/** Milliseconds to the first text of a prompt that wllama has not seen. */
export async function coldDirect(direct: Direct, content: string): Promise<number> {
  const started = performance.now()
  let firstMs = 0
  await direct.chat(content, {
    maxTokens: INTRUDER_TOKENS,
    onText: () => void (firstMs ||= performance.now() - started),
  })
  return firstMs
}

export type Interruption = 'pause' | 'preempt'

/** @returns the answer's text, and how often it was interrupted; undisturbed without `how` */
export async function interrupted(
  content: string,
  how: Interruption | null,
  afterUnits: number,
  intruders: string[],
): Promise<{ text: string; interruptions: number }> {
  const { runs } = await client()
  const agent = await createAgent(ANSWER_TOKENS, { class: 'background' })
  let interruptions = 0
  const run = watchRun(agent, content)
  const others: Promise<unknown>[] = []
  if (how !== null && (await run.written(afterUnits))) {
    const paused = run.next(isPaused).then((at) => void (interruptions += at === null ? 0 : 1))
    if (how === 'pause') {
      const id = await run.id
      await runs.pause(id)
      await paused
      await runs.resume(id)
    } else {
      others.push(...intruders.map((words) => chat(words, { maxTokens: INTRUDER_TOKENS })))
      await paused
    }
  }
  const { text } = await run.ended
  await Promise.all(others)
  await agent.delete()
  return { text, interruptions }
}
