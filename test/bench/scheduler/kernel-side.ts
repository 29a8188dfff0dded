/** The kernel's side of the measurements with the starter model, through the SDK, as an app would use it. */
import { connect, type AgentHandle, type Hearth, type RunEvent, type SchedulingClass } from '../../../sdk/index.ts'

export interface ChatOptions {
  maxTokens: number
  class?: SchedulingClass
  signal?: AbortSignal
  onText?: () => void
}

export interface Written {
  text: string
  tokens: number
  /** Milliseconds from asking to the first text, and to the end. */
  firstMs: number
  totalMs: number
}

let hearth: Hearth | undefined

export async function client(): Promise<Hearth> {
  hearth ??= await connect({ name: 'Benchmark' })
  return hearth
}

export async function chat(content: string, options: ChatOptions): Promise<Written> {
  const { maxTokens, signal, onText } = options
  const started = performance.now()
  let firstMs = 0
  const args = {
    messages: [{ role: 'user' as const, content }],
    temperature: 0,
    max_tokens: maxTokens,
    class: options.class ?? 'interactive',
  }
  const { choices, usage } = await (
    await client()
  ).call('llm.chat', args, {
    signal,
    onEvent({ choices: [choice] }) {
      if (!choice?.delta.content) return
      if (firstMs === 0) firstMs = performance.now() - started
      onText?.()
    },
  })
  const totalMs = performance.now() - started
  return { text: choices[0]?.message.content ?? '', tokens: usage.completion_tokens, firstMs, totalMs }
}

export async function createAgent(
  maxTokens: number,
  attributes: { class?: SchedulingClass; weight?: number } = {},
): Promise<AgentHandle> {
  return (await client()).agents.create({ name: 'Benchmark', sampling: { temperature: 0, maxTokens }, ...attributes })
}

/** A run that can be looked at while it goes on. */
export interface Watched {
  readonly id: Promise<string>
  readonly ended: Promise<{ text: string; tokens: number }>
  /** Resolves with the moment at which an event came that fits, from now on; null when the answer ended without. */
  next(fits: (event: RunEvent) => boolean): Promise<number | null>
  /** Resolves once so many UTF-16 units were written; false when the answer ended before. */
  written(units: number): Promise<boolean>
}

export function watchRun(agent: AgentHandle, text: string): Watched {
  const waiting = new Set<(event: RunEvent | null) => void>()
  let units = 0
  let over = false
  const tell = (event: RunEvent | null): void => {
    over ||= event === null
    for (const look of [...waiting]) look(event)
  }
  const stream = agent.run(text, {
    onEvent(event) {
      if (event.type === 'text') units = event.offset + event.text.length
      tell(event)
    },
  })
  const ended = stream.result.then(async ({ completionTokens }) => {
    tell(null)
    return { text: await stream.text(), tokens: completionTokens }
  })
  ended.catch(() => tell(null))
  const until = <T>(look: (event: RunEvent | null) => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const listener = (event: RunEvent | null): void => {
        const found = look(event)
        if (found === undefined) return
        waiting.delete(listener)
        resolve(found)
      }
      waiting.add(listener)
      // Nothing more will come.
      if (over) listener(null)
    })
  return {
    id: stream.id,
    ended,
    next: (fits) => until((event) => (event === null ? null : fits(event) ? performance.now() : undefined)),
    async written(wanted) {
      if (units >= wanted) return true
      return until((event) => (units >= wanted ? true : event === null ? false : undefined))
    },
  }
}
