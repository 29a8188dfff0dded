/** An interactive request that arrives while others are being answered; and the same work all at once, or in turn. */
import type { Direct } from '../direct.ts'
import { chat, createAgent } from './kernel-side.ts'

/** Tokens of an answer in the background, and of one that a person waits for. */
const BACKGROUND_TOKENS = 200
const INTERACTIVE_TOKENS = 32

export interface Throughput {
  tokens: number
  ms: number
}

/** Resolves with what `count` calls of it in all resolve. */
function countdown(count: number): { done: Promise<void>; tick: () => void } {
  let left = count
  let resolve = (): void => {}
  const done = new Promise<void>((settle) => (resolve = settle))
  return { done, tick: () => void (--left === 0 && resolve()) }
}

/** @returns milliseconds to its first text, while all slots write for the background and the rest of it waits */
export async function arriveKernel(background: string[], content: string, slots: number): Promise<number> {
  const over = new AbortController()
  const { done: busy, tick } = countdown(slots)
  const others = background.map((words) => {
    let writes = false
    return chat(words, {
      maxTokens: BACKGROUND_TOKENS,
      class: 'background',
      signal: over.signal,
      onText() {
        if (!writes) tick()
        writes = true
      },
    }).catch(() => undefined)
  })
  await busy
  const { firstMs } = await chat(content, { maxTokens: INTERACTIVE_TOKENS })
  over.abort()
  await Promise.all(others)
  return firstMs
}

export async function idleKernel(content: string): Promise<number> {
  return (await chat(content, { maxTokens: INTERACTIVE_TOKENS })).firstMs
}

/** The same, in order of arrival. */
export async function arriveDirect(
  direct: Direct,
  background: string[],
  content: string,
  slots: number,
): Promise<number> {
  const { done: busy, tick } = countdown(slots)
  const others = background.map((words) => {
    let writes = false
    const onText = (): void => {
      if (!writes) tick()
      writes = true
    }
    return direct.chat(words, { maxTokens: BACKGROUND_TOKENS, onText })
  })
  await busy
  const started = performance.now()
  let firstMs = 0
  const onText = (): void => void (firstMs ||= performance.now() - started)
  await direct.chat(content, { maxTokens: INTERACTIVE_TOKENS, onText })
  await Promise.all(others)
  return firstMs
}

/** As many agents as questions, all at once. */
export async function togetherKernel(questions: string[], maxTokens: number): Promise<Throughput> {
  const agents = await Promise.all(questions.map(() => createAgent(maxTokens)))
  const started = performance.now()
  const runs = await Promise.all(agents.map((agent, index) => agent.run(questions[index] ?? '').result))
  const ms = performance.now() - started
  await Promise.all(agents.map((agent) => agent.delete()))
  return { tokens: runs.reduce((sum, run) => sum + run.completionTokens, 0), ms }
}

export async function inTurnDirect(direct: Direct, questions: string[], maxTokens: number): Promise<Throughput> {
  const started = performance.now()
  let tokens = 0
  for (const words of questions) tokens += await direct.chat(words, { maxTokens })
  return { tokens, ms: performance.now() - started }
}

/** As many at once as the engine has slots: what it gives by itself. */
export async function togetherDirect(direct: Direct, questions: string[], maxTokens: number): Promise<Throughput> {
  const started = performance.now()
  const tokens = await Promise.all(questions.map((words) => direct.chat(words, { maxTokens })))
  return { tokens: tokens.reduce((sum, count) => sum + count, 0), ms: performance.now() - started }
}
