import { connect } from 'hearth-os'
import { find } from '../find.ts'

const output = find('output')

const hearth = await connect()
await hearth.models.load('starter')
const agent = await hearth.agents.create({ name: 'Hello', tools: ['calculate'] })
for await (const event of agent.run('What is 12 * 34?')) {
  if (event.type === 'text') output.append(event.text)
}
