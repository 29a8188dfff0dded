/** `hearth.memory` through the whole kernel, and what is on record of its calls. */
import { expect, test } from 'vitest'
import { HearthError } from '../../../sdk/index.ts'
import type { MemoryEvent, MemoryPage } from '../../../sdk/index.ts'
import { MemoryBrowser } from './fixture.ts'

test('a memory is added, changed, looked back at, explained and forgotten', async () => {
  await using browser = new MemoryBrowser()
  const { memory } = await browser.open()
  const { id } = await memory.add('my favourite tea is green')
  await memory.update(id, { text: 'my favourite tea is black', ifVersion: 1 })
  const late: unknown = await memory.update(id, { text: 'x', ifVersion: 1 }).catch((reason: unknown) => reason)
  expect(HearthError.is(late, 'conflict') && late.data.version).toBe(2)
  expect((await memory.history(id)).map(({ text }) => text)).toEqual([
    'my favourite tea is black',
    'my favourite tea is green',
  ])
  expect((await memory.explain(id)).why).toContain('It was changed since.')
  await memory.delete(id)
  const gone: unknown = await memory.get(id).catch((reason: unknown) => reason)
  expect(HearthError.is(gone, 'not-found')).toBe(true)
  // Of the calls that named it only that they were made is on record.
  expect(JSON.stringify(await browser.database.list('calls'))).not.toContain('favourite')
  expect(JSON.stringify(await browser.database.list('audit'))).not.toContain('favourite')
})

test('changes of another page are watched until the signal says so', async () => {
  await using browser = new MemoryBrowser()
  const [one, two] = [await browser.open(), await browser.open()]
  const seen: MemoryEvent[] = []
  const stop = new AbortController()
  const watching = one.memory.watch((event) => void seen.push(event), { signal: stop.signal })
  await one.memory.list()
  const { id } = await two.memory.add('the boat leaves at nine')
  await two.memory.delete(id)
  await one.memory.list()
  stop.abort()
  const ended: unknown = await watching.catch((reason: unknown) => reason)
  expect(HearthError.is(ended, 'cancelled')).toBe(true)
  expect(seen.map((event) => (event.type === 'put' ? event.memory.text : event.type))).toEqual([
    'the boat leaves at nine',
    'deleted',
  ])
})

test('what was exported in one browser is imported in another, page by page', async () => {
  await using from = new MemoryBrowser()
  await using to = new MemoryBrowser()
  const { memory } = await from.open()
  for (let at = 0; at < 600; at += 1) void memory.add(`note ${at}`)
  await memory.add('the last one')
  const pages: MemoryPage[] = []
  for await (const page of memory.export()) pages.push(page)
  expect(pages.map(({ memories }) => memories.length)).toEqual([500, 101])
  const there = await to.open()
  for (const page of pages) await there.memory.import(page)
  expect((await there.memory.list({ limit: 1_000 })).length).toBe(601)
  expect((await there.memory.search('last one'))[0]?.memory.text).toBe('the last one')
})
