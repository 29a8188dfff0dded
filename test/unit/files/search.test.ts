/** Finding files by name, by words and by meaning, with the real word vectors. */
import { expect, test } from 'vitest'
import { Contents } from '../../../kernel/core/files/contents.ts'
import { FILE_INDEX_BYTES } from '../../../kernel/core/files/param.ts'
import { passageAt, passagesOf } from '../../../kernel/core/files/passages.ts'
import { FileSearch } from '../../../kernel/core/files/search.ts'
import { createHarness, pattern } from './harness.ts'

const space = 'a1'
const FILES = {
  'support/returns.md':
    'Customers may send a purchase back within thirty days. We repay the full amount to their card.',
  'support/hours.md': 'The office is open from nine to five on weekdays.',
  'garden/roses.txt': 'Prune the roses in early spring, before the first leaves open.',
  'trips/Übersicht.txt': 'The train to Vienna leaves at ten. The automobile stays at home.',
}

async function library() {
  const harness = createHarness()
  for (const [path, contents] of Object.entries(FILES)) await harness.call('files.write', { space, path, contents })
  await harness.call('files.write', { space, path: 'picture.bin', contents: pattern(100) })
  const search = async (query: string, more: object = {}) =>
    (await harness.call('files.search', { space, query, ...more })).hits
  return { ...harness, search }
}

test('a name is found by any part of it, whatever its case and accents', async () => {
  const { search } = await library()
  const by = ['name']
  expect((await search('ROSES', { by })).map(({ file }) => file.path)).toEqual(['garden/roses.txt'])
  expect((await search('ubersicht', { by })).map(({ file }) => file.path)).toEqual(['trips/Übersicht.txt'])
  expect((await search('picture', { by }))[0]).toMatchObject({ file: { path: 'picture.bin' }, passage: null })
  expect(await search('nothing like it', { by })).toEqual([])
})

test('a text is found by its words, and with the passage that has them', async () => {
  const { search } = await library()
  const [hit] = await search('when to prune', { by: ['words'] })
  expect(hit).toMatchObject({ file: { path: 'garden/roses.txt' }, passage: { at: 0, text: FILES['garden/roses.txt'] } })
  expect(hit?.parts.words).toBeGreaterThan(0)
})

test('a text is found by its meaning though it has none of the words', async () => {
  const { search } = await library()
  expect((await search('refund'))[0]?.file.path).toBe('support/returns.md')
  expect((await search('refund', { by: ['words'] })).map(({ file }) => file.path)).toEqual([])
  expect((await search('car'))[0]?.file.path).toBe('trips/Übersicht.txt')
})

test('only a folder is searched when one is named', async () => {
  const { search } = await library()
  expect(await search('roses', { path: 'support' })).toEqual([])
  expect(await search('roses', { path: 'garden' })).toHaveLength(1)
})

test('what has changed since the last search is found as it is now', async () => {
  const { search, call } = await library()
  expect(await search('elephant')).toEqual([])
  await call('files.write', { space, path: 'garden/roses.txt', contents: 'An elephant was here.' })
  expect((await search('elephant'))[0]?.file).toMatchObject({ path: 'garden/roses.txt', version: 2 })
  expect(await search('prune', { by: ['words'] })).toEqual([])
  await call('files.move', { space, path: 'garden', to: 'zoo' })
  expect((await search('elephant')).map(({ file }) => file.path)).toEqual(['zoo/roses.txt'])
  await call('files.delete', { space, path: 'zoo' })
  expect(await search('elephant')).toEqual([])
})

test('a long text is found by the passage in its middle, and one too long to be searched is counted', async () => {
  const { search, call } = await library()
  const filler = 'Nothing of interest happens in this sentence at all. '.repeat(200)
  await call('files.write', { space, path: 'long.txt', contents: `${filler}The treasure is under the oak. ${filler}` })
  const [hit] = await search('treasure oak')
  expect(hit?.file.path).toBe('long.txt')
  expect(hit?.passage?.text).toContain('The treasure is under the oak.')
  const huge = new TextEncoder().encode('word '.repeat(FILE_INDEX_BYTES / 5 + 1))
  await call('files.write', { space, path: 'huge.txt', contents: huge })
  expect((await call('files.search', { space, query: 'word' })).left).toBe(1)
  expect((await call('files.search', { space, query: 'word', by: ['name'] })).left).toBeNull()
})

test('a damaged file is left out of a search, which does not fail for it', async () => {
  const { call, search, blobs } = await library()
  for (const hash of blobs.stored.keys()) blobs.stored.set(hash, pattern(10))
  expect(await search('prune the roses', { by: ['words'] })).toEqual([])
  expect((await call('files.search', { space, query: 'roses' })).left).toBe(4)
})

test('what is purged, or goes with its agent, is held for no later search', async () => {
  const { call, blobs, database } = await library()
  const clock = { sleep: () => Promise.resolve() }
  const contents = new Contents({ blobs, database, clock })
  const search = new FileSearch({ reading: { records: database, contents }, clock, words: () => Promise.resolve(null) })
  const args = { space, path: '', query: 'roses', by: ['words' as const], k: 10 }
  await search.search(args, new AbortController().signal)
  expect(search.held).toBe(4)
  search.forget(space, ['garden/roses.txt', 'support/hours.md'])
  await call('files.purge', { space, path: 'garden/roses.txt', what: 'all' })
  await call('files.purge', { space, path: 'support/hours.md', what: 'all' })
  await search.search({ ...args, by: ['name'] }, new AbortController().signal)
  expect(search.held).toBe(2)
  search.forget(space, 'all')
  expect(search.held).toBe(0)
})

test('passages are the whole text, none is longer than it may be, and each is found again by where it begins', () => {
  const text = `${'One sentence. '.repeat(90)}\n\n${'x'.repeat(2_500)}${'😀'.repeat(700)} end`
  const passages = [...passagesOf(text)]
  expect(passages.map((passage) => passage.text).join('')).toBe(text)
  for (const { at, text: passage } of passages) {
    expect(passage.length).toBeLessThanOrEqual(1_000)
    expect(passage.isWellFormed()).toBe(true)
    expect(passageAt(text, at)).toBe(passage)
  }
  expect(passages[0]?.text.endsWith('. ')).toBe(true)
})
