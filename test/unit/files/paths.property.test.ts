/** A path cannot leave its space, whatever it is made of. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FILE_PATH_DEPTH, FILE_PATH_UNITS } from '../../../kernel/abi/limits.ts'
import { FilePath } from '../../../kernel/abi/syscalls/files.ts'
import { rangeBelow } from '../../../kernel/core/files/paths.ts'
import { compareKeys } from '../../../kernel/core/storage/keys.ts'
import { createHarness } from './harness.ts'

/** What attacks on paths are made of: dots, slashes of all kinds, what is invisible, what changes when it is normalised. */
const hostilePart = fc.constantFrom(
  ...[
    '.',
    '..',
    '...',
    '/',
    '//',
    '\\',
    '\0',
    '\n',
    '\u007f',
    '%2e%2e',
    '%2f',
    '~',
    'C:',
    'con',
    ' ',
    '',
    'a',
    'B',
    '\uffff',
  ],
  ...[
    '\u2024\u2024',
    '\uff0e\uff0e',
    '\uff0f',
    '\u2215',
    '\u29f8',
    '\ufe68',
    '\u202e',
    '\u2066',
    '\u200f',
    '\ufeff',
    '\ud800',
  ],
  ...[
    '\udc00',
    'e\u0301',
    '\u00e9',
    '\u212b',
    '\u1100\u1161',
    '\u{1f600}',
    '\ufdd0',
    '\u{1ffff}',
    '__proto__',
    'constructor',
  ],
)
const hostile = fc.oneof(
  fc.array(hostilePart, { maxLength: 12 }).map((parts) => parts.join('')),
  fc.array(hostilePart, { maxLength: 12 }).map((parts) => parts.join('/')),
  fc.string({ unit: 'binary', maxLength: 40 }),
)

test('whatever is taken for a path has only proper names in it, and is what it was when it is taken again', () => {
  fc.assert(
    fc.property(hostile, (given) => {
      const checked = FilePath.safeParse(given)
      if (!checked.success) return
      const path = checked.data
      expect(path).toBe(given.normalize('NFC'))
      expect(FilePath.parse(path)).toBe(path)
      expect(path.length).toBeLessThanOrEqual(FILE_PATH_UNITS)
      const parts = path.split('/')
      expect(parts.length).toBeLessThanOrEqual(FILE_PATH_DEPTH)
      for (const part of parts) expect(['', '.', '..']).not.toContain(part)
      expect(path).not.toMatch(/[\0\\\p{Cc}\p{Cs}]/u)
      expect(path.isWellFormed()).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

test('no two spaces and no two folders share a key, whatever their paths are', () => {
  fc.assert(
    fc.property(hostile, hostile, (left, right) => {
      const one = FilePath.safeParse(left)
      const other = FilePath.safeParse(right)
      if (!one.success || !other.success) return
      const { from, to } = rangeBelow('a1', one.data)
      const inside = compareKeys(from, ['a1', other.data]) <= 0 && compareKeys(['a1', other.data], to) <= 0
      expect(inside).toBe(other.data.startsWith(`${one.data}/`))
      const all = rangeBelow('a1', '')
      expect(compareKeys(['a1', other.data], all.to)).toBeLessThan(0)
      expect(compareKeys(['a2', other.data], all.to)).toBeGreaterThan(0)
    }),
    { numRuns: 2_000 },
  )
})

test('a file written at any path is found in its own space, at that path, and nowhere else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 6 }), async (given) => {
      const { call, paths, text, blobs } = createHarness()
      const expected = new Set<string>()
      for (const path of given) {
        const written = await call('files.write', { space: 'a1', path, contents: path }).then(
          (file) => file.path,
          () => null,
        )
        if (written !== null) expected.add(written)
      }
      expect(new Set(await paths('a1'))).toEqual(expected)
      expect(await paths('a2')).toEqual([])
      for (const path of expected) expect((await text(path)).normalize('NFC')).toBe(path)
      for (const name of blobs.stored.keys()) expect(name).toMatch(/^[0-9a-f]{64}$/)
    }),
    { numRuns: 100 },
  )
})

test.each([
  '../a',
  'a/../../b',
  '/etc/passwd',
  'a//b',
  'a/',
  '.',
  '..',
  '',
  'a\\b',
  'a\0b',
  'a/./b',
  'x'.repeat(1_025),
])('the path %j is refused', async (path) => {
  const { call } = createHarness()
  await expect(call('files.write', { space: 'a1', path, contents: 'x' })).rejects.toThrow()
})

test('names that only look like dots, and names of any script, are names', async () => {
  const { call, paths } = createHarness()
  for (const path of ['...', '..a', '.hidden', 'uni/\uff0e\uff0e', '日本/語.txt', 'e\u0301']) {
    await call('files.write', { space: 'a1', path, contents: 'x' })
  }
  expect(await paths()).toEqual(['...', '..a', '.hidden', 'uni/\uff0e\uff0e', '\u00e9', '日本/語.txt'].sort())
})
