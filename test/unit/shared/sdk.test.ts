/** `hearth.shared`, with the real kernel behind it, also when that dies under it. */
import { expect, test } from 'vitest'
import { HearthError } from '../../../sdk/index.ts'
import type { SharedEntry, SharedEvent } from '../../../sdk/index.ts'
import { MemoryBrowser } from '../sdk/fixture.ts'

const add = (value: unknown): number => (typeof value === 'number' ? value : 0) + 1

test('two pages that update one entry lose nothing, though the kernel is killed again and again', async () => {
  for (const moment of ['before', 'after'] as const) {
    await using browser = new MemoryBrowser()
    const pages = [await browser.open('one'), await browser.open('two')]
    let [deaths, boots, since] = [0, 1, 0]
    browser.onCommit = (when) => {
      if (browser.boots !== boots) [boots, since] = [browser.boots, 0]
      // Not while it boots, and rarely enough that they get on.
      if (when !== moment || ++since < 12 || deaths >= 2) return
      deaths += 1
      browser.kill()
    }
    const each = 20
    const work = pages.map(async ({ shared }) => {
      for (let done = 0; done < each; done += 1) await shared.update('count', add)
    })
    await Promise.all(work)
    expect(deaths).toBe(2)
    expect(await pages[0]?.shared.get('count')).toMatchObject({
      ...{ scope: 'common', version: pages.length * each },
      entry: { value: pages.length * each },
    })
  }
})

test('a watch shows what is there, then every change, and begins again after a restart', async () => {
  await using browser = new MemoryBrowser()
  const page = await browser.open()
  const { shared } = page
  await shared.set('db/main', { valid: true }, { namespace: 'keys' })
  await shared.set('other', 1, { namespace: 'keys' })
  const heard: SharedEvent[] = []
  for await (const event of shared.watch({ namespace: 'keys', prefix: 'db' })) {
    heard.push(event)
    if (heard.length === 1) await shared.set('db/main', { valid: false }, { namespace: 'keys', ifVersion: 1 })
    if (heard.length === 2) await shared.delete('db/main', { namespace: 'keys', ifVersion: 2 })
    if (heard.length === 3) {
      browser.kill()
      await shared.set('db/spare', 1, { namespace: 'keys' })
    }
    if (event.type === 'entries' && heard.length > 3) break
  }
  expect(heard.slice(0, 3)).toMatchObject([
    { type: 'entries', entries: [{ entry: { key: 'db/main' } }] },
    { type: 'set', entry: { version: 2 } },
    { type: 'deleted', key: 'db/main', version: 3 },
  ])
  expect(browser.boots).toBe(2)
})

test('conflicts and absence are typed, and an update that fails by itself is not repeated', async () => {
  await using browser = new MemoryBrowser()
  const { shared } = await browser.open()
  await shared.set('a', 'x', { ifVersion: 0 })
  const conflict: unknown = await shared.set('a', 'y', { ifVersion: 0 }).catch((error: unknown) => error)
  expect(HearthError.is(conflict, 'conflict') && conflict.data.version).toBe(1)
  await expect(shared.get('none')).rejects.toMatchObject({ code: 'not-found' })
  let calls = 0
  const update = shared.update('a', () => {
    calls += 1
    throw new Error('no')
  })
  await expect(update).rejects.toThrow('no')
  expect(calls).toBe(1)
})

test('what one kernel exports another one imports, in pages', async () => {
  await using from = new MemoryBrowser()
  const source = (await from.open()).shared
  for (let index = 0; index < 5; index += 1) await source.set(`k/${index}`, index, { namespace: `n${index % 2}` })
  expect((await source.search('k', { k: 100 })).length).toBe(5)
  const entries: SharedEntry[] = []
  for await (const page of source.export()) entries.push(...page)
  await using to = new MemoryBrowser()
  const target = (await to.open()).shared
  expect(await target.import(entries)).toEqual({ added: 5, replaced: 0, kept: 0 })
  expect(await target.import(entries)).toEqual({ added: 0, replaced: 0, kept: 5 })
  expect((await target.list()).map(({ entry }) => entry)).toEqual(entries.map(({ entry }) => entry))
  expect(await target.list({ limit: 2 })).toHaveLength(2)
  expect(await target.namespaces()).toMatchObject([{ entries: 3 }, { entries: 2 }])
  expect((await target.history('k/1', { namespace: 'n1' })).length).toBe(1)
})
