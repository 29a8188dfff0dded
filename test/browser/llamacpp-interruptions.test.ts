/**
 * On the real engine: an answer interrupted at any token, alone or beside others in the same batch, goes on
 * as if it had not been, at temperature 0. The questions are half of those the starter model knows, half nonsense, whose
 * answers are close calls and whose texts a tokeniser splits otherwise than the model wrote them.
 */
import { expect, test } from 'vitest'
import starterUrl from '../../wasm/starter/starter.gguf?url'
import type { Engine, GenerateRequest } from '../../kernel/core/engines/engine.ts'
import { createLlamaEngine } from '../../kernel/drivers/llamacpp/engine.ts'
import { ask, collect } from '../contract/answers.ts'
import { createTestLender } from '../fixtures/lender.ts'

const live = new AbortController().signal
const QUESTIONS = [
  'Count from 1 to 40.',
  'Hello, who are you?',
  'zxqv blorp 77 Write a poem about the sea and the moon',
  'Explain quantum mechanics to a gostak',
  'w0rd w1rd w2rd Translate into Finnish: aamu',
]
const OTHERS = ['Count from 2 to 30.', 'Count from 5 to 25.', 'Repeat tea 9 times.']
const TOKENS = 60

/** The same numbers in every run (the generator of ANSI C). */
function seeded(seed: number): () => number {
  let state = seed
  return () => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31
}

async function open(): Promise<Engine> {
  const engine = await createLlamaEngine(createTestLender(), live, () => {})
  const bytes = await (await fetch(starterUrl)).blob()
  const source = { kind: 'bundled', path: 'starter.gguf' } as const
  await engine.load({ model: 'starter', source, contextTokens: 2048, bytes }, () => {}, live)
  return engine
}

/** What was written when it was aborted after `tokens` tokens. */
async function begin(engine: Engine, request: GenerateRequest, tokens: number) {
  const abort = new AbortController()
  const part = { text: '', tokens: 0 }
  try {
    for await (const delta of engine.generate(request, abort.signal)) {
      if (delta.type !== 'text') continue
      part.text += delta.text
      part.tokens += delta.tokens
      if (part.tokens >= tokens) abort.abort()
    }
  } catch (error) {
    if (!abort.signal.aborted) throw error
  }
  return part
}

/** @returns the cuts after which the answer was another */
async function interrupt(engine: Engine, rounds: number, others: readonly string[]): Promise<string[]> {
  const random = seeded(7)
  const differing: string[] = []
  for (const question of QUESTIONS) {
    const request = ask(question, { maxTokens: TOKENS })
    const whole = await collect(engine.generate(request, live))
    for (let round = 0; round < rounds; round += 1) {
      const cut = 1 + Math.floor(random() * (whole.finish.usage.completionTokens - 1))
      const beside = others.map((other) => collect(engine.generate(ask(other, { maxTokens: 20 }), live)))
      const part = await begin(engine, request, cut)
      const maxTokens = TOKENS - part.tokens
      const rest =
        maxTokens > 0 ? await collect(engine.generate({ ...request, prefix: part.text, maxTokens }, live)) : null
      await Promise.all(beside)
      if (part.text + (rest?.text ?? '') !== whole.text) differing.push(`${question} at ${cut}`)
    }
  }
  return differing
}

test('50 answers interrupted at random tokens go on as if they had not been', { timeout: 120_000 }, async () => {
  const engine = await open()
  expect(await interrupt(engine, 10, [])).toEqual([])
  await engine[Symbol.asyncDispose]()
})

test('50 more do so while three others are written beside them', { timeout: 170_000 }, async () => {
  const engine = await open()
  expect(await interrupt(engine, 10, OTHERS)).toEqual([])
  await engine[Symbol.asyncDispose]()
})

test('an answer goes on in an engine that has never seen it', { timeout: 120_000 }, async () => {
  const first = await open()
  const second = await open()
  for (const question of QUESTIONS) {
    const request = ask(question, { maxTokens: TOKENS })
    const whole = await collect(first.generate(request, live))
    const part = await begin(first, request, 20)
    const rest = await collect(
      second.generate({ ...request, prefix: part.text, maxTokens: TOKENS - part.tokens }, live),
    )
    expect(part.text + rest.text).toBe(whole.text)
  }
  await first[Symbol.asyncDispose]()
  await second[Symbol.asyncDispose]()
})
