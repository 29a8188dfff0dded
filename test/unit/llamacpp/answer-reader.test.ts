import type { ChatCompletionChunk } from '@wllama/wllama/esm/index.js'
import { describe, expect, test } from 'vitest'
import type { Delta, GenerateRequest } from '../../../kernel/core/engines/engine.ts'
import { AnswerReader } from '../../../kernel/drivers/llamacpp/answer-reader.ts'

const request: GenerateRequest = {
  messages: [{ role: 'user', content: 'Count.' }],
  tools: [],
  temperature: 0,
  topP: 1,
  maxTokens: 50,
}

type ChunkDelta = ChatCompletionChunk['choices'][number]['delta']
type Finish = ChatCompletionChunk['choices'][number]['finish_reason']

/** A chunk as llama-server writes it; `tokens` is how many it has written since the request began. */
function chunk(delta: ChunkDelta, tokens: number, finished: Finish = null): ChatCompletionChunk {
  return {
    id: '',
    object: 'chat.completion.chunk',
    created: 0,
    model: '',
    choices: [{ index: 0, delta, finish_reason: finished, logprobs: null }],
    timings: {
      cache_n: 10,
      prompt_n: 5,
      prompt_ms: 20,
      prompt_per_token_ms: 0,
      prompt_per_second: 0,
      predicted_n: tokens,
      predicted_ms: tokens * 4,
      predicted_per_token_ms: 0,
      predicted_per_second: 0,
    },
  }
}

const call = (index: number, args: string, start?: { id: string; name: string }): ChunkDelta => ({
  tool_calls: [
    {
      index,
      ...(start ? { id: start.id } : {}),
      function: { ...(start ? { name: start.name } : {}), arguments: args },
    },
  ],
})

/** A beginning whose tokens llama.cpp takes as they are. */
const at = (repeated: string) => ({ repeated, again: '', againTokens: 0 })

const prefill = { type: 'prefill', promptTokens: 15, cachedTokens: 10, ms: 20 }

function read(reader: AnswerReader, chunks: readonly ChatCompletionChunk[]): Delta[] {
  return chunks.flatMap((one) => reader.read(one))
}

describe('text', () => {
  test('comes as it is written, with the tokens it took', () => {
    const reader = new AnswerReader(request)
    reader.begin(at(''))
    expect(
      read(reader, [chunk({ role: 'assistant' }, 0), chunk({ content: 'one' }, 1), chunk({ content: ' two' }, 4)]),
    ).toEqual([prefill, { type: 'text', text: 'one', tokens: 1 }, { type: 'text', text: ' two', tokens: 3 }])
  })

  test('the repeated beginning is left out, also where it ends inside a chunk', () => {
    const reader = new AnswerReader(request)
    reader.begin(at('1, 2, 3'))
    const deltas = read(reader, [
      chunk({ content: '1, ' }, 0),
      chunk({ content: '2, 3, 4' }, 1),
      chunk({ content: ', 5' }, 2),
    ])
    expect(deltas.flatMap((delta) => (delta.type === 'text' ? [delta.text] : []))).toEqual([', 4', ', 5'])
  })

  test('usage is what llama.cpp measured, and the window holds prompt and answer', () => {
    const reader = new AnswerReader(request)
    reader.begin(at(''))
    read(reader, [chunk({ content: 'x' }, 7), chunk({}, 7, 'stop')])
    expect(reader.windowTokens).toBe(22)
    expect(reader.finish(false)).toEqual([
      {
        type: 'finish',
        reason: 'stop',
        usage: { promptTokens: 15, cachedTokens: 10, completionTokens: 7, prefillMs: 20, decodeMs: 28 },
      },
    ])
  })

  test('an answer that filled the window ends with length', () => {
    const reader = new AnswerReader(request)
    reader.begin(at(''))
    read(reader, [chunk({ content: 'x' }, 1)])
    expect(reader.finish(true)).toMatchObject([{ type: 'finish', reason: 'length' }])
  })
})

describe('tool calls', () => {
  test('are given out whole, each once the next begins or the answer ends', () => {
    const reader = new AnswerReader(request)
    reader.begin(at(''))
    const before = read(reader, [
      chunk(call(0, '{"a"', { id: 'x', name: 'first' }), 1),
      chunk(call(0, ':1}'), 2),
      chunk(call(1, '{}', { id: 'y', name: 'second' }), 3),
      chunk({}, 3, 'tool_calls'),
    ])
    expect(before).toEqual([prefill, { type: 'tool-call', call: { id: 'x', name: 'first', arguments: '{"a":1}' } }])
    expect(reader.finish(false)).toMatchObject([
      { type: 'tool-call', call: { id: 'y', name: 'second', arguments: '{}' } },
      { type: 'finish', reason: 'tool-calls' },
    ])
  })

  test('get an id when llama.cpp gives none', () => {
    const reader = new AnswerReader(request)
    reader.begin(at(''))
    read(reader, [chunk(call(0, '{}', { id: '', name: 'first' }), 1)])
    const [made] = reader.finish(false)
    expect(made?.type === 'tool-call' && made.call.id).toMatch(/^call_/)
  })

  test('one that the token limit cut in two was never made', () => {
    const reader = new AnswerReader(request)
    reader.begin(at(''))
    read(reader, [chunk(call(0, '{"a"', { id: 'x', name: 'first' }), 1), chunk({}, 1, 'length')])
    expect(reader.finish(false)).toMatchObject([{ type: 'finish', reason: 'length' }])
  })

  test('one whose arguments the model garbled is given out as it was written', () => {
    const reader = new AnswerReader(request)
    reader.begin(at(''))
    read(reader, [chunk(call(0, '{"a"', { id: 'x', name: 'first' }), 1), chunk({}, 1, 'tool_calls')])
    expect(reader.finish(false)[0]).toMatchObject({ type: 'tool-call', call: { arguments: '{"a"' } })
  })
})

describe('an answer that has to be begun again', () => {
  test('goes on behind what was given out, and counts all tokens', () => {
    const reader = new AnswerReader({ ...request, prefix: '1, ' })
    reader.begin(at('1, '))
    read(reader, [chunk({ content: '1, 2,' }, 2)])
    const rest = reader.restOfRequest()
    expect(rest).toMatchObject({ prefix: '1, 2,', maxTokens: 48 })
    reader.begin(at('1, 2,'))
    expect(read(reader, [chunk({ content: '1, 2, 3' }, 1)])).toEqual([{ type: 'text', text: ' 3', tokens: 1 }])
    expect(reader.finish(false)).toMatchObject([{ usage: { completionTokens: 3 } }])
  })

  test('forgets the fragments of a call, which is written again', () => {
    const reader = new AnswerReader(request)
    reader.begin(at(''))
    read(reader, [chunk(call(0, '{"a"', { id: 'x', name: 'first' }), 1)])
    expect(reader.canContinue).toBe(true)
    reader.begin(at(''))
    read(reader, [chunk(call(0, '{"a":1}', { id: 'z', name: 'first' }), 4)])
    expect(reader.finish(false)[0]).toMatchObject({ call: { id: 'z', arguments: '{"a":1}' } })
  })

  test('is not begun again once a call was given out', () => {
    const reader = new AnswerReader(request)
    reader.begin(at(''))
    read(reader, [chunk(call(0, '{}', { id: 'x', name: 'a' }), 1), chunk(call(1, '{}', { id: 'y', name: 'b' }), 2)])
    expect(reader.canContinue).toBe(false)
  })
})

describe('an answer that begins again before where it was', () => {
  const again = { repeated: '1, ', again: '2, ', againTokens: 2 }

  test('passes over what was written, and counts only what is new', () => {
    const reader = new AnswerReader({ ...request, prefix: '1, 2, ' })
    reader.begin(again)
    const deltas = read(reader, [
      chunk({ content: '1, 2' }, 1),
      chunk({ content: ', ' }, 2),
      chunk({ content: '3' }, 3),
    ])
    expect(deltas).toEqual([prefill, { type: 'text', text: '3', tokens: 1 }])
    expect(reader.strayed).toBe(false)
    expect(reader.finish(false)).toMatchObject([{ usage: { completionTokens: 1 } }])
  })

  test('is told apart from one that comes out different, of which nothing is given out', () => {
    const reader = new AnswerReader({ ...request, prefix: '1, 2, ' })
    reader.begin(again)
    expect(read(reader, [chunk({ content: '1, 7' }, 1)])).toEqual([prefill])
    expect(reader.strayed).toBe(true)
  })

  test('is a different one when it ends too soon', () => {
    const reader = new AnswerReader({ ...request, prefix: '1, 2, ' })
    reader.begin(again)
    read(reader, [chunk({ content: '1, 2' }, 1), chunk({}, 1, 'stop')])
    expect(reader.strayed).toBe(true)
  })
})
