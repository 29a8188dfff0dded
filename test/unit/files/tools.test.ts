/** Files as agents use them, through the tools and the real run loop; what the model writes is scripted. */
import { expect, test } from 'vitest'
import type { Caller } from '../../../kernel/core/call.ts'
import { ask, asks, errorOf, live, roundOf, settings } from '../agents/harness.ts'

const NAMES = ['list_files', 'read_file', 'write_file', 'move_file', 'delete_file', 'search_files', 'restore_file']

async function withAgents() {
  const life = await live({ script: () => ['no'] })
  const ada = await life.call('agent.create', settings({ name: 'Ada', tools: NAMES }))
  const bob = await life.call('agent.create', settings({ name: 'Bob', tools: NAMES }))
  const callerOf = (id: string): Caller => ({ principal: { kind: 'agent', id, run: 'r' }, session: null, name: 'Ada' })
  const as = (id: string) => async (name: string, args: object) =>
    life.call('tool.call', { name, arguments: args }, { caller: callerOf(id) })
  return Object.assign(life, { ada, bob, asAda: as(ada.id), asBob: as(bob.id) })
}

test('an agent keeps files of its own: it writes, lists, reads, moves, searches, deletes and restores them', async () => {
  await using life = await withAgents()
  const use = async (name: string, args: object) => (await life.asAda(name, args)).value
  expect(await use('list_files', {})).toBe('no files')
  expect(await use('write_file', { path: './notes/plan.md', text: 'Buy oak boards.' })).toBe('saved')
  expect(await use('write_file', { path: '/todo.txt', text: 'Call Mia' })).toBe('saved')
  expect(await use('list_files', {})).toEqual(['notes/ (1 file)', 'todo.txt (8 bytes)'])
  expect(await use('read_file', { path: 'notes/plan.md' })).toBe('Buy oak boards.')
  expect(await use('search_files', { query: 'oak boards' })).toEqual([
    { file: 'notes/plan.md', text: 'Buy oak boards.' },
  ])
  expect(await use('search_files', { query: 'zebra' })).toBe('nothing found')
  expect(await use('move_file', { path: 'todo.txt', to: 'notes/todo.txt' })).toBe('moved')
  expect(await use('list_files', { folder: 'notes' })).toEqual(['notes/plan.md (15 bytes)', 'notes/todo.txt (8 bytes)'])
  expect(await use('delete_file', { path: 'notes/todo.txt' })).toBe('deleted')
  expect(await use('restore_file', { path: 'notes/todo.txt' })).toBe('restored')
  await use('write_file', { path: 'notes/plan.md', text: 'Buy nothing.' })
  await use('restore_file', { path: 'notes/plan.md', versions_ago: 1 })
  expect(await use('read_file', { path: 'notes/plan.md' })).toBe('Buy oak boards.')
})

test('a long file is read page by page, and its pages are the whole of it', async () => {
  await using life = await withAgents()
  const text = Array.from({ length: 900 }, (_, index) => `line ${index} é`).join('\n')
  await life.asAda('write_file', { path: 'long.txt', text })
  let read = ''
  for (let page = 1; ; page += 1) {
    const { value } = await life.asAda('read_file', { path: 'long.txt', page })
    const [, part = '', last] = /^(.*)\n\[page \d+ of (\d+)\]$/su.exec(value as string) ?? []
    read += part
    if (page === Number(last)) break
  }
  expect(read).toBe(text)
  expect(await errorOf(life.asAda('read_file', { path: 'long.txt', page: 99 }))).toMatchObject({ code: 'tool-failed' })
})

test('no agent reaches the files of another, whatever path it writes', async () => {
  await using life = await withAgents()
  await life.asAda('write_file', { path: 'secret.txt', text: 'of Ada' })
  for (const path of [
    'secret.txt',
    `../${life.ada.id}/secret.txt`,
    `/${life.ada.id}/secret.txt`,
    '..',
    'a/../../b',
    'a\\b',
  ]) {
    expect(await errorOf(life.asBob('read_file', { path }))).toMatchObject({ code: /not-found|tool-failed/ })
  }
  expect((await life.asBob('list_files', { folder: '/' })).value).toBe('no files')
  await life.asBob('write_file', { path: `/${life.ada.id}/secret.txt`, text: 'of Bob' })
  expect((await life.asAda('read_file', { path: 'secret.txt' })).value).toBe('of Ada')
  expect(await errorOf(life.call('tool.call', { name: 'list_files', arguments: {} }))).toMatchObject({
    code: 'tool-failed',
  })
})

test('what is read carries the label of what was written', async () => {
  await using life = await live({
    *script(request) {
      const path = request.messages.findLast(({ role }) => role === 'user')?.content ?? ''
      yield roundOf(request) === 0 ? asks('read_file', { path }) : 'read'
    },
  })
  const agent = await life.call('agent.create', settings({ name: 'Ada', tools: NAMES }))
  const write = { space: agent.id, contents: 'words' }
  await life.call('files.write', { ...write, path: 'mine.txt' })
  await life.call('files.write', { ...write, path: 'page.txt', outside: true })
  const trustOf = async (path: string) => {
    const { events } = await ask(life, agent.id, path)
    const turn = events.findLast((event) => event.type === 'turn' && event.turn.role === 'tool')
    return turn?.type === 'turn' ? [turn.turn.provenance.trust, turn.turn.outcome?.provenance?.source] : []
  }
  expect(await trustOf('mine.txt')).toEqual(['trusted', 'user'])
  expect(await trustOf('page.txt')).toEqual(['untrusted', 'outside'])
  const { outcome } = await life
    .call('tool.call', { name: 'current_time', arguments: {} })
    .then((result) => ({ outcome: result }))
  expect(outcome.provenance).toBeUndefined()
})

test('a change that is repeated after a crash is found done', async () => {
  await using life = await withAgents()
  await life.asAda('write_file', { path: 'a', text: 'x' })
  await life.asAda('write_file', { path: 'a', text: 'x' })
  expect((await life.call('files.stat', { space: life.ada.id, path: 'a' })).kind).toBe('file')
  for (const [name, args] of [
    ['move_file', { path: 'a', to: 'b' }],
    ['delete_file', { path: 'b' }],
  ] as const) {
    const first = await life.asAda(name, args)
    expect((await life.asAda(name, args)).value).toBe(first.value)
  }
  const { versions } = await life.call('files.history', { space: life.ada.id, path: 'b' })
  expect(versions.map(({ change }) => change)).toEqual(['deleted', 'moved', 'written'])
})

test('deleting an agent deletes its files, and nobody can write there any more', async () => {
  await using life = await withAgents()
  await life.asAda('write_file', { path: 'a', text: 'x' })
  await life.asBob('write_file', { path: 'b', text: 'y' })
  await life.call('agent.delete', { agent: life.ada.id })
  const { spaces } = await life.call('files.spaces', {})
  expect(spaces.map(({ space }) => space)).toEqual([life.bob.id])
  const late = errorOf(life.call('files.write', { space: life.ada.id, path: 'late', contents: 'x' }))
  expect(await late).toMatchObject({ code: 'not-found' })
})
