import {
  connect,
  HearthError,
  type AgentHandle,
  type AgentOptions,
  type Run,
  type RunStream,
  type SchedulingClass,
} from 'hearth-os'
import { find } from '../find.ts'

const classes: readonly SchedulingClass[] = ['interactive', 'normal', 'background']

const form = find('form')
const question = find('input')
const answer = find('output')
const list = find('ul')

const hearth = await connect({ name: 'Many agents' })
await hearth.models.load('starter')

/** Agents belong to the kernel and are still there after a reload. */
async function agentNamed(name: string, settings: Omit<AgentOptions, 'name'>): Promise<AgentHandle> {
  const known = (await hearth.agents.list()).find((agent) => agent.name === name)
  return known ?? (await hearth.agents.create({ name, ...settings }))
}

const you = await agentNamed('Yours', { class: 'interactive', tools: ['calculate'] })

/** One that counts over and over, with what a person can do to it. */
async function addCounter(name: string): Promise<void> {
  const agent = await agentNamed(name, { class: 'background' })
  const row = document.createElement('li')
  const state = document.createElement('span')
  const pause = document.createElement('button')
  const nice = document.createElement('select')
  const text = document.createElement('output')
  nice.append(...classes.map((name) => new Option(name)))
  nice.ariaLabel = `Class of ${name}`
  row.append(state, pause, ' ', nice, text)
  list.append(row)

  let run: Run | undefined
  const show = (): void => {
    state.textContent = `${name}: ${run?.state ?? 'idle'} `
    pause.textContent = run?.state === 'paused' ? 'Resume' : 'Pause'
    pause.disabled = nice.disabled = run === undefined
    nice.value = run?.class ?? 'background'
  }
  hearth.on('run', (event) => {
    if (event.run.agent !== agent.id) return
    run = event.run.endedAt === undefined ? event.run : undefined
    show()
  })
  pause.addEventListener('click', () => {
    if (run) void (run.state === 'paused' ? hearth.runs.resume(run.id) : hearth.runs.pause(run.id))
  })
  nice.addEventListener('change', () => {
    const chosen = classes[nice.selectedIndex]
    if (run && chosen) void hearth.runs.renice(run.id, { class: chosen })
  })
  show()

  // What an earlier visit left under way goes on first.
  for (const left of await hearth.runs.list({ agent: agent.id, active: true })) {
    run = left
    show()
    await follow(hearth.runs.watch(left.id))
  }
  for (;;) {
    // A fresh start each time, so that nobody's prompt grows.
    await agent.clear()
    await follow(agent.run('Count from 1 to 40'))
  }

  async function follow(stream: RunStream): Promise<void> {
    text.textContent = ''
    for await (const event of stream) if (event.type === 'text') text.append(event.text)
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  void ask()
})

async function ask(): Promise<void> {
  answer.textContent = ''
  const asked = performance.now()
  const waited = (): string => `${Math.round(performance.now() - asked).toString()} ms to the first word: `
  try {
    for await (const event of you.run(question.value)) {
      if (event.type === 'text') answer.append(answer.textContent === '' ? waited() : '', event.text)
    }
  } catch (error) {
    if (!(error instanceof HearthError)) throw error
    answer.textContent = error.message
  }
}

for (let number = 1; number <= 8; number += 1) void addCounter(`Counter ${number.toString()}`)
find('button').disabled = false
