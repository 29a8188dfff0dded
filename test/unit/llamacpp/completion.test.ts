import { expect, test } from 'vitest'
import type { GenerateRequest } from '../../../kernel/core/engines/engine.ts'
import { beginningOf, completionOptions } from '../../../kernel/drivers/llamacpp/completion.ts'

const request: GenerateRequest = {
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Count.' },
  ],
  tools: [],
  temperature: 0.5,
  topP: 0.9,
  maxTokens: 50,
}
const tool = { name: 'calculate', description: 'Calculates.', parameters: { type: 'object' } }

test('a plain request keeps its messages and says nothing that was not asked for', () => {
  const options = completionOptions(request)
  expect(options.messages).toEqual(request.messages)
  expect(options).toMatchObject({ temperature: 0.5, top_p: 0.9, max_tokens: 50, cache_prompt: true })
  for (const absent of ['tools', 'tool_choice', 'stop', 'seed', 'response_format'])
    expect(options).not.toHaveProperty(absent)
})

test('a prefix becomes a last message of the assistant’s', () => {
  expect(completionOptions({ ...request, prefix: '1, 2' }).messages.at(-1)).toEqual({
    role: 'assistant',
    content: '1, 2',
  })
})

test('a prefix joins a last message of the assistant’s, as two in a row are refused', () => {
  const messages = [...request.messages, { role: 'assistant' as const, content: '1, ' }]
  const options = completionOptions({ ...request, messages, prefix: '2' })
  expect(options.messages).toHaveLength(3)
  expect(options.messages.at(-1)).toEqual({ role: 'assistant', content: '1, 2' })
  expect(beginningOf({ ...request, messages, prefix: '2' })).toBe('1, 2')
})

test('calls and their results keep their ids', () => {
  const messages = [
    ...request.messages,
    { role: 'assistant' as const, content: '', toolCalls: [{ id: 'x', name: 'calculate', arguments: '{}' }] },
    { role: 'tool' as const, content: '408', toolCallId: 'x' },
  ]
  expect(completionOptions({ ...request, messages }).messages.slice(2)).toEqual([
    {
      role: 'assistant',
      content: '',
      tool_calls: [{ id: 'x', type: 'function', function: { name: 'calculate', arguments: '{}' } }],
    },
    { role: 'tool', content: '408', tool_call_id: 'x' },
  ])
})

test('tools are described unless none may be called', () => {
  expect(completionOptions({ ...request, tools: [tool], toolChoice: 'required' })).toMatchObject({
    tools: [{ type: 'function', function: tool }],
    tool_choice: 'required',
  })
  expect(completionOptions({ ...request, tools: [tool], toolChoice: 'none' })).not.toHaveProperty('tools')
})

test('stop strings, seed and formats are passed on', () => {
  const schema = { type: 'object' }
  expect(
    completionOptions({ ...request, stop: ['x'], seed: 0, responseFormat: { type: 'json_schema', schema } }),
  ).toMatchObject({ stop: ['x'], seed: 0, response_format: { type: 'json_schema', json_schema: { schema } } })
})
