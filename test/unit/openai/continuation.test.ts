import { expect, test } from 'vitest'
import type { Delta } from '../../../kernel/core/engines/engine.ts'
import { ask } from '../../contract/answers.ts'
import { beginEvents, event, startRawServer } from '../../fixtures/raw-server.ts'
import { connect, DONE, live } from './harness.ts'

/** Texts of an answer that goes on from `prefix`, and the bodies that were posted for it. */
async function goOn(prefix: string, owner: string | null, answers: string[][]) {
  let round = 0
  await using server = await startRawServer(({ method }, response) => {
    if (method !== 'POST') {
      if (owner === null) response.writeHead(404).end()
      else response.end(JSON.stringify({ data: [{ id: 'm', owned_by: owner }] }))
      return
    }
    const answer = answers[round++] ?? []
    if (answer.length === 0) {
      response.writeHead(400).end('{"error":{"message":"prefill is incompatible with enable_thinking"}}')
      return
    }
    beginEvents(response)
    response.end(answer.map((content) => event({ content })).join('') + event({}, 'stop') + DONE)
  })
  const engine = await connect(server)
  const deltas: Delta[] = []
  for await (const delta of engine.generate(ask('Hello', { prefix }), live)) deltas.push(delta)
  const texts = deltas.map((delta) => (delta.type === 'text' ? delta.text : '')).join('')
  const bodies = server.requests.filter(({ method }) => method === 'POST').map(({ body }) => body)
  return { texts, bodies: bodies as { messages: { role: string; content: string }[] }[] }
}

test('an answer written again is the same one without its prefix', async () => {
  const { texts, bodies } = await goOn('One, two', null, [['One', ', t', 'wo, three', '.']])
  expect(texts).toBe(', three.')
  expect(bodies).toHaveLength(1)
})

test('an answer that comes out different is shown to the model, which is asked to go on', async () => {
  const { texts, bodies } = await goOn('One, two', null, [['One', '; no'], [', three.']])
  expect(texts).toBe(', three.')
  expect(bodies[1]?.messages.slice(-2)).toMatchObject([{ role: 'assistant', content: 'One, two' }, { role: 'user' }])
})

test('an answer that ends before its prefix does is a different one', async () => {
  expect((await goOn('One, two', null, [['One'], [', three.']])).texts).toBe(', three.')
})

test('a llama-server is sent the prefix, and what it repeats of it is left out', async () => {
  const { texts, bodies } = await goOn('One, two', 'llamacpp', [['One, two, th', 'ree.']])
  expect(texts).toBe(', three.')
  expect(bodies[0]?.messages.at(-1)).toEqual({ role: 'assistant', content: 'One, two' })
})

test('a text that repeats itself is not mistaken for a repeated prefix', async () => {
  expect((await goOn('tea, tea, ', 'llamacpp', [['tea, ', 'tea, ', 'tea']])).texts).toBe('tea, tea, tea')
})

test('vLLM is told to continue the final message', async () => {
  const { bodies } = await goOn('One, two', 'vllm', [[', three.']])
  expect(bodies[0]).toMatchObject({ continue_final_message: true, add_generation_prompt: false })
})

test('a server that refuses to continue is asked for the whole answer again', async () => {
  expect((await goOn('One, two', 'llamacpp', [[], ['One, two, three.']])).texts).toBe(', three.')
})
