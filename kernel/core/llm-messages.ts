/** OpenAI's messages as the engines take them. */
import type { ChatMessage } from '../abi/index.ts'
import type { EngineMessage } from './engines/engine.ts'

export function chatMessages(messages: readonly ChatMessage[]): EngineMessage[] {
  return messages.map(chatMessage)
}

function chatMessage(message: ChatMessage): EngineMessage {
  const content = plainText(message.content)
  switch (message.role) {
    // What newer clients call the system message.
    case 'developer':
    case 'system':
      return { role: 'system', content }
    case 'user':
      return { role: 'user', content }
    case 'tool':
      return { role: 'tool', content, toolCallId: message.tool_call_id }
    case 'assistant': {
      const toolCalls = message.tool_calls?.map(({ id, function: { name, arguments: text } }) => ({
        id,
        name,
        arguments: text,
      }))
      return { role: 'assistant', content, ...(toolCalls === undefined ? {} : { toolCalls }) }
    }
  }
}

function plainText(content: ChatMessage['content'] | undefined): string {
  if (content === null || content === undefined) return ''
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('')
}
