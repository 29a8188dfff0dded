/** Asking an engine: a request, its whole answer, one that is interrupted, and one that goes on from where it was cut. */
import { expect } from 'vitest'
import type { Delta, Engine, EngineToolCall, GenerateRequest } from '../../kernel/core/engines/engine.ts'

const live = new AbortController().signal

/** A request that a small model answers the same way every time. */
export function ask(question: string, more: Partial<GenerateRequest> = {}): GenerateRequest {
  return {
    messages: [{ role: 'user', content: question }],
    tools: [],
    temperature: 0,
    topP: 1,
    maxTokens: 200,
    ...more,
  }
}

export interface Answer {
  text: string
  calls: EngineToolCall[]
  deltas: Delta[]
  finish: Extract<Delta, { type: 'finish' }>
}

/** Reads an answer to its end and checks that it ends as every answer must. */
export async function collect(answer: AsyncIterable<Delta>): Promise<Answer> {
  const deltas: Delta[] = []
  for await (const delta of answer) deltas.push(delta)
  const last = deltas.at(-1)
  if (last?.type !== 'finish') throw new Error(`An answer ended with ${last ? last.type : 'nothing'}.`)
  expect(deltas.filter((delta) => delta.type === 'finish')).toHaveLength(1)
  return {
    deltas,
    text: deltas.map((delta) => (delta.type === 'text' ? delta.text : '')).join(''),
    calls: deltas.flatMap((delta) => (delta.type === 'tool-call' ? [delta.call] : [])),
    finish: last,
  }
}

/** What an answer had given out when it was aborted, after at least `tokens` tokens; nothing may come after that. */
export async function interrupted(engine: Engine, request: GenerateRequest, tokens: number) {
  const abort = new AbortController()
  const reason = new Error('somebody else is first')
  const part = { text: '', tokens: 0 }
  const reading = (async () => {
    for await (const delta of engine.generate(request, abort.signal)) {
      if (delta.type !== 'text') continue
      expect(abort.signal.aborted).toBe(false)
      part.text += delta.text
      part.tokens += delta.tokens
      if (part.tokens >= tokens) abort.abort(reason)
    }
  })()
  await expect(reading).rejects.toBe(reason)
  return part
}

/** Cuts an answer at several deltas and after each asks for the rest. */
export async function continuesExactly(engine: Engine, request: GenerateRequest): Promise<void> {
  const whole = await collect(engine.generate(request, live))
  const texts = whole.deltas.flatMap((delta) => (delta.type === 'text' ? [delta.text] : []))
  expect(texts.length).toBeGreaterThan(10)
  for (const share of [0.02, 0.15, 0.35, 0.5, 0.75, 0.95]) {
    const prefix = texts.slice(0, Math.max(1, Math.floor(texts.length * share))).join('')
    const rest = await collect(engine.generate({ ...request, prefix }, live))
    expect(prefix + rest.text).toBe(whole.text)
  }
}
