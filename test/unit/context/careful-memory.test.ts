/** Answers when memory cannot be read. */
import { expect, it } from 'vitest'
import { HearthError, type KernelEvent } from '../../../kernel/abi/index.ts'
import type { ContextMemory } from '../../../kernel/core/context/memory.ts'
import { AGENT, boot, Talk } from './harness.ts'
import { KeptMemory } from './kept-memory.ts'

const broken = new HearthError('storage-failed', 'The database did not answer. Reload the page.', { reason: 'test' })

/** Memory that can be read or not, as a test says. */
class Failing extends KeptMemory implements ContextMemory {
  readonly failing = new Set<keyof ContextMemory>()

  override blocksOf(): ReturnType<ContextMemory['blocksOf']> {
    return this.failing.has('blocksOf') ? Promise.reject(broken) : super.blocksOf()
  }

  override experienceFor(...request: Parameters<ContextMemory['experienceFor']>): Promise<readonly never[]> | never {
    return (this.failing.has('experienceFor') ? Promise.reject(broken) : super.experienceFor(...request)) as never
  }

  override versionOf(...request: Parameters<ContextMemory['versionOf']>): ReturnType<ContextMemory['versionOf']> {
    return this.failing.has('versionOf') ? Promise.reject(broken) : super.versionOf(...request)
  }
}

async function begin(): Promise<{ memory: Failing; talk: Talk; notices: string[] }> {
  const memory = new Failing()
  memory.block('plan', 'Find a hotel.')
  memory.experience('e1', 'A hotel by the station was loud.')
  const kernel = await boot({ memory, contextTokens: 2_000 })
  const notices: string[] = []
  kernel.events.subscribe((event: KernelEvent) => event.type === 'notice' && notices.push(event.message))
  return { memory, talk: await Talk.begin(kernel), notices }
}

const said = (talk: Talk): string =>
  talk.windows
    .at(-1)
    ?.messages.map(({ content }) => content)
    .join('\n') ?? ''

it('an answer goes on without blocks that cannot be read, and says so once, to people and to the log', async () => {
  const { memory, talk, notices } = await begin()
  memory.failing.add('blocksOf')
  await talk.say({ question: 'Where do I sleep?', answer: 'I do not know.' })
  await talk.say({ question: 'Really?', answer: 'Yes.' })
  expect(said(talk)).not.toContain('Find a hotel.')
  expect(notices).toEqual([expect.stringContaining('answered without its notes')])
  expect(notices[0]).toContain('The database did not answer.')
  expect(talk.kernel.audited).toEqual([['outcome', AGENT, 'memory.list', 'storage-failed: answered without']])
  memory.failing.clear()
  await talk.say({ question: 'And now?', answer: 'Yes.' })
  expect(said(talk)).toContain('Find a hotel.')
  memory.failing.add('blocksOf')
  await talk.say({ question: 'Still?', answer: 'No.' })
  expect(notices).toHaveLength(2)
})

it('experience that could not be looked up is looked up again for the same question', async () => {
  const { memory, talk, notices } = await begin()
  memory.failing.add('experienceFor')
  await talk.put(talk.turn('user', 'Which hotel?'))
  await talk.answer(null)
  expect(said(talk)).not.toContain('loud')
  expect(notices).toHaveLength(1)
  memory.failing.clear()
  await talk.answer(null)
  expect(said(talk)).toContain('A hotel by the station was loud.')
})

it('an answer goes on from what it was begun with, less what cannot be read', async () => {
  const { memory, talk, notices } = await begin()
  await talk.put(talk.turn('user', 'Which hotel?'))
  const { record } = await talk.answer(null)
  memory.failing.add('versionOf')
  const again = await talk.open({ ...record, round: 1, maxTokens: 100 })
  expect(again.messages.at(-1)?.content).toContain('Which hotel?')
  expect(notices).toEqual([expect.stringContaining('shown before')])
})

it('who looks into a window is told that it cannot be read', async () => {
  const { memory, talk } = await begin()
  memory.failing.add('blocksOf')
  await expect(talk.kernel.call('context.window', { agent: AGENT })).rejects.toBe(broken)
})
