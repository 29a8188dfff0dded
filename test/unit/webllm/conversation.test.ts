import { MLCEngine, type ChatCompletionRequestStreaming } from '@mlc-ai/web-llm'
import { describe, expect, test } from 'vitest'
import type { EngineTool, GenerateRequest } from '../../../kernel/core/engines/engine.ts'
import { chatMessages, replyOpening, usesTools } from '../../../kernel/drivers/webllm/conversation.ts'
import { beginReplyWith, replySeparator, type ChatTemplate } from '../../../kernel/drivers/webllm/insides.ts'
import { ask } from '../../contract/answers.ts'

const CALCULATE: EngineTool = {
  name: 'calculate',
  description: 'Evaluates an arithmetic expression.',
  parameters: { type: 'object', properties: { expression: { type: 'string' } } },
}

/** ChatML, as MLC's configuration of the Qwen family has it. */
function chatml(): ChatTemplate {
  return {
    context_window_size: 4096,
    conv_template: {
      system_template: '<|im_start|>system\n{system_message}<|im_end|>\n',
      system_message: 'You are a helpful assistant.',
      roles: { user: '<|im_start|>user', assistant: '<|im_start|>assistant', tool: '<|im_start|>tool' },
      seps: ['<|im_end|>\n'],
      role_content_sep: '\n',
      role_empty_sep: '\n',
      stop_str: ['<|im_end|>'],
      stop_token_ids: [],
    },
  }
}

/** What WebLLM's own code makes of a request: the text it would tokenise. */
async function render(request: GenerateRequest, template: ChatTemplate, tools = true): Promise<string> {
  interface Conversation {
    appendMessage(role: string, text: string): void
    appendReplyHeader(role: string): void
    getPromptArray(): string[]
  }
  let conversation: Conversation | undefined
  // Stands for the pipeline, which needs a model; WebLLM's conversation, its template and its rendering are the real ones.
  const pipeline = {
    getConversationObject: () => ({ messages: [] }),
    getFinishReason: () => undefined,
    resetChat: () => {},
    setConversation: (made: Conversation) => void (conversation = made),
    prefillStep: (text: string) => {
      conversation?.appendMessage('user', text)
      conversation?.appendReplyHeader('assistant')
    },
  }
  const input: ChatCompletionRequestStreaming = { messages: chatMessages(request, tools), stream: true }
  const engine = new MLCEngine()
  await Reflect.apply(engine.prefill.bind(engine), undefined, [input, pipeline, template, {}])
  return conversation?.getPromptArray().join('') ?? ''
}

describe('what the model reads', () => {
  test('is the conversation in its own template', async () => {
    const text = await render(ask('Hello'), chatml())
    expect(text).toBe(
      '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n',
    )
  })

  test('ends with the prefix of an answer that is to be continued', async () => {
    const template = chatml()
    beginReplyWith(template, replySeparator(template) + replyOpening('Llama-3.2-1B-Instruct-q4f32_1-MLC') + 'One, two')
    expect(await render(ask('Count'), template)).toMatch(/<\|im_start\|>assistant\nOne, two$/)
  })

  test('has an empty thought for Qwen 3, which would think aloud otherwise', async () => {
    const template = chatml()
    beginReplyWith(template, replySeparator(template) + replyOpening('Qwen3-4B-q4f32_1-MLC') + 'One')
    expect(await render(ask('Count'), template)).toMatch(/assistant\n<think>\n\n<\/think>\n\nOne$/)
  })

  test('lists tools in the system prompt, after what the agent was told', async () => {
    const request = ask('', {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'What is 12 * 34?' },
      ],
      tools: [CALCULATE],
    })
    const text = await render(request, chatml())
    expect(text).toMatch(/^<\|im_start\|>system\nBe brief\.\n\n# Tools\n/)
    expect(text).toContain('<tools>\n{"type":"function","function":{"name":"calculate"')
    expect(await render(request, chatml(), false)).not.toContain('calculate')
    expect(await render({ ...request, toolChoice: 'none' }, chatml())).not.toContain('calculate')
  })

  test('has calls and their results as the model itself would write and read them', async () => {
    const call = { id: 'a', name: 'calculate', arguments: '{"expression":"12 * 34"}' }
    const text = await render(
      ask('', {
        messages: [
          { role: 'user', content: 'What is 12 * 34?' },
          { role: 'assistant', content: '', toolCalls: [call] },
          { role: 'tool', content: '408', toolCallId: 'a' },
          { role: 'tool', content: '409', toolCallId: 'b' },
        ],
        tools: [CALCULATE],
      }),
      chatml(),
    )
    expect(text).toContain(
      '<|im_start|>assistant\n<tool_call>\n{"name": "calculate", "arguments": {"expression":"12 * 34"}}\n</tool_call><|im_end|>\n' +
        '<|im_start|>user\n<tool_response>\n408\n</tool_response>\n<tool_response>\n409\n</tool_response><|im_end|>\n',
    )
  })
})

test('turns alternate and the system prompt is one, as templates can render nothing else', () => {
  const messages = chatMessages(
    ask('', {
      messages: [
        { role: 'user', content: 'a' },
        { role: 'system', content: 's' },
        { role: 'user', content: 'b' },
        { role: 'assistant', content: 'c' },
        { role: 'system', content: 't' },
        { role: 'user', content: 'd' },
      ],
    }),
    true,
  )
  expect(messages).toEqual([
    { role: 'system', content: 's\n\nt' },
    { role: 'user', content: 'a\nb' },
    { role: 'assistant', content: 'c' },
    { role: 'user', content: 'd' },
  ])
})

test.each([
  ['Qwen3-4B-q4f16_1-MLC', true],
  ['Qwen3.5-2B-q4f16_1-MLC', true],
  ['Qwen2.5-7B-Instruct-q4f16_1-MLC', true],
  ['Hermes-3-Llama-3.1-8B-q4f16_1-MLC', true],
  ['Hermes-2-Theta-Llama-3-8B-q4f16_1-MLC', false],
  ['Llama-3.2-3B-Instruct-q4f16_1-MLC', false],
  ['SmolLM2-360M-Instruct-q4f16_1-MLC', false],
])('of %s it says that it uses tools: %s', (id, expected) => {
  expect(usesTools(id)).toBe(expected)
})
