import { connect, type Run } from 'hearth-os'
import { find } from '../find.ts'

const button = find('button')
const answer = find('output')
const state = find('pre')

const hearth = await connect({ name: `Tab ${String(Math.floor(performance.timeOrigin) % 1000)}` })
await hearth.models.load('starter')

// The same agent in every tab: agents belong to the kernel, not to a page.
const agents = await hearth.agents.list()
const agent = agents.find(({ name }) => name === 'Counter') ?? (await hearth.agents.create({ name: 'Counter' }))

/** Shows a run as it is written, whichever tab asked. */
async function follow({ id }: Run): Promise<void> {
  answer.textContent = ''
  for await (const event of hearth.runs.watch(id)) if (event.type === 'text') answer.append(event.text)
}

// An agent does one run at a time, so they are shown one after another.
const seen = new Set<string>()
let last = Promise.resolve()
hearth.on('run', ({ run }) => {
  if (run.agent !== agent.id || run.endedAt !== undefined || seen.has(run.id)) return
  seen.add(run.id)
  last = last.then(() => follow(run))
})
hearth.on('sessions', () => void showState())
hearth.on('connection', () => void showState())

async function showState(): Promise<void> {
  if (hearth.state !== 'connected') return void (state.textContent = 'The kernel is being replaced…')
  const { epoch, sessions } = await hearth.kernel.info()
  state.textContent = `Kernel ${String(epoch)}, shared by ${sessions.map(({ name }) => name).join(', ')}`
}

button.addEventListener('click', () => void agent.run('Count from 1 to 40').result.catch(() => undefined))
button.disabled = false
await showState()
