import { connect } from 'hearth-os'
import { find } from '../find.ts'

const output = find('output')
const usage = find('pre')

const hearth = await connect()
// On a first visit there is no default model yet.
await hearth.models.load('starter')
const client = hearth.llm
const messages = [{ role: 'user' as const, content: 'Count from 1 to 12' }]

// Streamed. Leaving the loop, or stream.controller.abort(), stops the model.
const stream = await client.chat.completions.create({ messages, stream: true })
for await (const chunk of stream) output.append(chunk.choices[0]?.delta.content ?? '')

// In one piece.
const completion = await client.chat.completions.create({ messages, max_tokens: 64 })
usage.textContent = JSON.stringify(completion.usage, null, 2)
