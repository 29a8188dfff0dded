import { connect, HearthError } from 'hearth-os'
import { find } from '../find.ts'

const form = find('form')
const answer = find('output')
const log = find('pre')

const hearth = await connect({ name: 'Orders' })
await hearth.models.load('starter')

hearth.tools.register<{ order: string; amount: number }>({
  name: 'refund',
  description: 'Refund an order.',
  parameters: {
    type: 'object',
    properties: { order: { type: 'string' }, amount: { type: 'number' } },
    required: ['order', 'amount'],
  },
  effects: 'external',
  // A model wrote the arguments: an app decides for itself what it does with them.
  execute({ order, amount }) {
    if (!/^\d+$/.test(order)) throw new Error(`there is no order ${order}`)
    log.append(`The page refunded $${String(amount)} for order ${order}.\n`)
    return 'refunded'
  },
})

const agent = await hearth.agents.create({ name: 'Support', tools: ['refund'] })

form.addEventListener('submit', (event) => {
  event.preventDefault()
  void ask(new FormData(form).get('request') as string)
})

async function ask(request: string): Promise<void> {
  answer.textContent = ''
  try {
    for await (const event of agent.run(request)) {
      if (event.type === 'text') answer.append(event.text)
      if (event.type === 'tool-result' && !event.outcome.ok)
        log.append(`Failed: ${JSON.stringify(event.outcome.value)}\n`)
    }
  } catch (error) {
    answer.textContent = error instanceof HearthError ? error.message : String(error)
  }
}

find('button').disabled = false
