/** Whose words a page of the conversation has: one that a tool read from elsewhere is not the agent's own. */
import { expect, it } from 'vitest'
import { ask, asks, live, roundOf, settings } from './harness.ts'

const PAGE = 'pages of the internet say so'

/** The label of the page on which the agent made this one call; each agent has the two files. */
async function trustAfter(name: string, args: object): Promise<string | undefined> {
  await using life = await live({ script: (request) => (roundOf(request) === 0 ? [asks(name, args)] : ['Done.']) })
  const agent = await life.call('agent.create', settings({ tools: [name] }))
  await life.call('agent.create', settings({ name: 'Other', tools: [] }))
  const space = agent.id
  await life.call('files.write', { space, path: 'outside.md', contents: PAGE, outside: true })
  await life.call('files.write', { space, path: 'own.md', contents: 'mine' })
  await life.call('shared.set', { namespace: 'shared', key: 'plan', value: PAGE })
  await ask(life, agent.id, 'Go on.')
  const { turns } = await life.call('agent.history', { agent: agent.id })
  expect(turns.find(({ role }) => role === 'tool')?.outcome?.ok).toBe(true)
  return (await life.call('context.window', { agent: agent.id })).pages[0]?.trust
}

it.each([
  ['read_file', { path: 'outside.md' }],
  ['search_files', { query: 'internet' }],
  ['list_files', {}],
  ['shared_get', { key: 'plan' }],
  ['shared_list', {}],
  ['ask_agent', { agent: 'Other', question: 'What do you say?' }],
])('a page on which %s read what others wrote is from outside', async (name, args) => {
  expect(await trustAfter(name, args)).toBe('untrusted')
})

it.each([
  ['calculate', { expression: '12 * 34' }],
  ['current_time', {}],
  ['remember', { fact: 'my dog is Rosa' }],
  ['write_file', { path: 'new.md', text: 'hello' }],
  ['shared_set', { key: 'next', value: 1 }],
  ['read_file', { path: 'own.md' }],
])('a page on which %s read nothing of others is not', async (name, args) => {
  expect(await trustAfter(name, args)).toBe('trusted')
})
