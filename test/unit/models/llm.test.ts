import { expect, test } from 'vitest'
import type { ChatChunk, ChatRequest } from '../../../kernel/abi/index.ts'
import { createLlmHandlers } from '../../../kernel/core/llm.ts'
import { createScriptedEngine } from '../../../kernel/drivers/scripted/engine.ts'
import type { ScriptedEngine, ScriptedPart } from '../../../kernel/drivers/scripted/engine.ts'
import { createEngineQueue, start } from '../../fixtures/models.ts'

async function chat(args: Partial<ChatRequest>, ...engines: readonly ScriptedEngine[]) {
  const { service, platform, settings } = await start({ llamacpp: createEngineQueue(...engines).factory })
  const chunks: ChatChunk[] = []
  const completion = await createLlmHandlers(service, platform, settings)['llm.chat']({
    id: 'call',
    name: 'llm.chat',
    args: { model: 'starter', messages: [{ role: 'user', content: 'hi' }], class: 'interactive', weight: 1, ...args },
    caller: { principal: { kind: 'user' }, session: 's1', name: 'Test' },
    signal: new AbortController().signal,
    emit: (chunk) => void chunks.push(chunk),
  })
  return { completion, chunks, requests: engines.flatMap(({ requests }) => requests) }
}

const engine = (...parts: ScriptedPart[]) => createScriptedEngine({ script: () => parts })

test('chunks begin with the role, end with the reason and the usage, and join to the completion', async () => {
  const { completion, chunks } = await chat({}, engine('Good ', 'day.'))
  const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
  expect(completion.choices[0]).toEqual({
    index: 0,
    message: { role: 'assistant', content: text },
    finish_reason: 'stop',
  })
  expect(text).toBe('Good day.')
  expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant')
  expect(chunks.at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop' }], usage: { completion_tokens: 2 } })
  expect(new Set(chunks.map(({ id }) => id))).toEqual(new Set([completion.id]))
})

test('tool calls arrive whole, as OpenAI’s clients expect them', async () => {
  const call = { id: 'c1', name: 'add', arguments: '{"a":1}' }
  const tools = [{ type: 'function' as const, function: { name: 'add' } }]
  const { completion, chunks, requests } = await chat({ tools }, engine({ call }))
  const wire = { id: 'c1', type: 'function', function: { name: 'add', arguments: '{"a":1}' } }
  expect(completion.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: { content: null, tool_calls: [wire] },
  })
  expect(chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])).toEqual([{ index: 0, ...wire }])
  expect(requests[0]?.tools[0]).toMatchObject({ name: 'add', parameters: { type: 'object' } })
})

test('losing the engine does not show', async () => {
  const { completion, chunks } = await chat({}, engine('Good ', { lose: 'gone' }), engine('Good ', 'day.'))
  expect(completion.choices[0]?.message.content).toBe('Good day.')
  expect(chunks).toHaveLength(4)
})

test('a request is translated field by field, and an answer takes a share of the window when nothing is said', async () => {
  const messages: ChatRequest['messages'] = [
    {
      role: 'developer',
      content: [
        { type: 'text', text: 'Be ' },
        { type: 'text', text: 'kind.' },
      ],
    },
    { role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] },
    { role: 'tool', content: 'done', tool_call_id: 'c' },
  ]
  const schema = { type: 'object' }
  const { requests } = await chat(
    { messages, stop: 'END', seed: 7, response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } },
    engine('ok'),
  )
  expect(requests[0]).toEqual({
    messages: [
      { role: 'system', content: 'Be kind.' },
      { role: 'assistant', content: '', toolCalls: [{ id: 'c', name: 'f', arguments: '{}' }] },
      { role: 'tool', content: 'done', toolCallId: 'c' },
    ],
    tools: [],
    temperature: 1,
    topP: 1,
    maxTokens: 256,
    seed: 7,
    stop: ['END'],
    responseFormat: { type: 'json_schema', schema },
  })
})
