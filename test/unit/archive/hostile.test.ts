/** Files that nobody's export wrote: refused with a reason, and nothing of them is visible. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HearthError } from '../../../kernel/abi/index.ts'
import { makePlain } from '../../../kernel/core/archive/plain.ts'
import {
  agentOf,
  archiveOf,
  bring,
  contentsOf,
  emptyOrigin,
  fill,
  forge,
  look,
  memoryOf,
  stageOnly,
  turnOf,
  worlds,
} from './world.ts'

const nothing = await contentsOf(emptyOrigin())

/** Refused when it is looked at, and when it is imported all the same; what was staged is not taken in by anybody. */
async function refused(file: Blob): Promise<HearthError<'bad-archive'>> {
  const origin = emptyOrigin()
  const error = await look(origin, file).then(
    () => undefined,
    (reason: unknown) => reason as HearthError<'bad-archive'>,
  )
  expect(error?.code).toBe('bad-archive')
  expect(error?.message).toContain('Nothing was changed.')
  await expect(stageOnly(origin, file, 'f'.repeat(64))).rejects.toMatchObject({ code: 'bad-archive' })
  const { stores } = (await contentsOf(origin)) as { stores: { staging: unknown[] } }
  expect({ ...stores, staging: [] }).toEqual((nothing as { stores: object }).stores)
  if (!error) throw new Error('It was not refused.')
  return error
}

async function anArchive(): Promise<Blob> {
  const origin = emptyOrigin()
  const files = [{ agent: 0, path: 'a/b.txt', versions: [new Uint8Array(3_000).fill(7), new Uint8Array([1])] }]
  const memories = [{ text: 'tea', versions: ['coffee'], block: null }]
  await fill(origin, { agents: [{ name: 'buddy', turns: ['q', 'a'] }], memories, entries: [], files })
  return archiveOf(origin)
}

test('a file that is cut short anywhere is refused', async () => {
  const file = await anArchive()
  await fc.assert(
    fc.asyncProperty(fc.nat(file.size - 1), async (length) => {
      expect(['cut-short', 'not-an-archive', 'altered']).toContain((await refused(file.slice(0, length))).data.reason)
    }),
    { numRuns: 60 },
  )
})

test('a file with any bit flipped is refused', async () => {
  const bytes = new Uint8Array(await (await anArchive()).arrayBuffer())
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
      const flipped = bytes.slice()
      flipped[at] = (flipped[at] ?? 0) ^ (1 << bit)
      // Of the version alone a lower number is as good; what it is not is another file.
      const error = await look(emptyOrigin(), new Blob([flipped])).then(
        () => undefined,
        (reason: unknown) => reason as HearthError,
      )
      expect(error?.code).toBe('bad-archive')
    }),
    { numRuns: 150 },
  )
})

test.each<[string, BlobPart[]]>([
  ['nothing', []],
  ['a picture', [new Uint8Array([0x89, 0x50, 0x4e, 0x47, 10, 26, 10])]],
  ['other JSON', ['{"hello":"world"}\n']],
  ['a first line that never ends', [new Uint8Array(200_000).fill(0x20)]],
])('%s is no archive', async (_, parts) => {
  expect((await refused(new Blob(parts))).data).toEqual({ reason: 'not-an-archive', record: null })
})

test('what is no file at all is refused', async () => {
  for (const wrong of [null, 'text', { size: 4 }, 7])
    expect((await refused(wrong as never)).data.reason).toBe('not-an-archive')
})

test('a file of a later version or of later records says to update', async () => {
  const later = [
    '{"hearth":"archive","version":2}\n',
    '{"hearth":"archive","version":1,"schema":99,"writtenBy":"9","createdAt":1,"counts":{}}\n',
  ]
  for (const line of later) {
    const error = await refused(new Blob([line]))
    expect(error.data.reason).toBe('newer')
    expect(error.message).toContain('Update')
  }
})

test('what follows the end, or a wrong count of records, is refused', async () => {
  const file = await anArchive()
  expect((await refused(new Blob([file, 'more\n']))).data.reason).toBe('altered')
  const text = await file.text()
  expect((await refused(new Blob([text.replace(/"records":\d+/, '"records":1')]))).data.reason).toBe('altered')
})

const agent = agentOf(0, 'buddy')
const principal = { kind: 'user' } as const
const file = (path: string, more: object = {}) => ({
  ...{
    space: 'agent-0',
    path,
    version: 1,
    bytes: 0,
    type: 'text/plain',
    text: true,
    hash: 'empty',
    createdAt: 1,
    updatedAt: 1,
  },
  ...{
    by: principal,
    provenance: { source: 'user', principal, trust: 'trusted' },
    deletedAt: null,
    change: 'written',
    oldest: 1,
    firstAt: 1,
  },
  ...more,
})
const fileVersion = (path: string, more: object = {}) => ({
  ...{
    space: 'agent-0',
    path,
    version: 1,
    bytes: 0,
    type: 'text/plain',
    text: true,
    hash: 'empty',
    createdAt: 1,
    at: 1,
  },
  ...{
    by: principal,
    provenance: { source: 'user', principal, trust: 'trusted' },
    change: 'written',
    chunks: [],
    chunkBytes: 1024,
  },
  ...more,
})
const line = (store: string, record: object) => ({ store, record })

test.each<[string, (object | string)[]]>([
  ['a record of the wrong type', [line('agents', { ...agent, name: 7 })]],
  ['a store that is not a person’s', [line('calls', { id: 'x' })]],
  ['a store named like something every object has', [line('constructor', {}), line('__proto__', {})]],
  ['turns of somebody else', [line('agents', agent), line('turns', turnOf(1, 0, 'hi'))]],
  ['turns of nobody', [line('turns', turnOf(0, 0, 'hi'))]],
  ['the same agent twice', [line('agents', agent), line('agents', agent)]],
  [
    'a version of another memory',
    [
      line('memories', memoryOf('m1', 'tea', 2)),
      line('versions', {
        record: 'm2',
        version: 1,
        memory: memoryOf('m2', 'x', 1),
        ended: { at: 1, by: principal, what: 'updated' },
      }),
    ],
  ],
  ['a whiteboard entry among memories', [line('memories', memoryOf('m1', 'x', 1, { kind: 'shared' }))]],
  [
    'an entry under another’s key',
    [line('shared', memoryOf('a/b', 'x', 1, { kind: 'shared', scope: 'a', entry: { key: 'c', value: 1 } }))],
  ],
  [
    'spending of somebody else',
    [
      line('agents', agent),
      line('spending', { account: 'agent:other', agent: 'agent-0', at: 1, tokens: 0, seconds: 0, calls: 0 }),
    ],
  ],
  ['a setting that is the kernel’s own', [line('meta', { name: 'epoch', value: 1 })]],
  [
    'a server’s key',
    [
      line('models', {
        id: 'm',
        name: 'M',
        source: { kind: 'openai', baseUrl: 'https://x.example/v1', model: 'x', key: 'k' },
        contextTokens: 9_000,
        sizeBytes: null,
        listed: false,
        partialBytes: null,
        etag: null,
        stored: false,
      }),
    ],
  ],
  [
    'a model whose weights are said to be here',
    [
      line('models', {
        id: 'm',
        name: 'M',
        source: { kind: 'gguf-url', url: 'https://x.example/m.gguf' },
        contextTokens: 9_000,
        sizeBytes: 1,
        listed: false,
        partialBytes: null,
        etag: null,
        stored: true,
      }),
    ],
  ],
  [
    'a path out of its space',
    [line('files', file('../../etc/passwd')), line('fileVersions', fileVersion('../../etc/passwd'))],
  ],
  ['an absolute path', [line('files', file('/etc/passwd')), line('fileVersions', fileVersion('/etc/passwd'))]],
  [
    'a path that turns the direction of text',
    [line('files', file('a\u202efdp.exe')), line('fileVersions', fileVersion('a\u202efdp.exe'))],
  ],
  [
    'a file without its versions',
    [line('files', file('a.txt')), line('files', file('b.txt')), line('fileVersions', fileVersion('b.txt'))],
  ],
  [
    'a file whose versions have a gap',
    [
      line('files', file('a.txt', { version: 3 })),
      line('fileVersions', fileVersion('a.txt')),
      line('fileVersions', fileVersion('a.txt', { version: 3 })),
    ],
  ],
  [
    'a file that is not what its newest version says',
    [line('files', file('a.txt', { bytes: 9 })), line('fileVersions', fileVersion('a.txt'))],
  ],
  [
    'contents that are not there',
    [
      line('files', file('a.txt', { bytes: 9 })),
      line('fileVersions', fileVersion('a.txt', { bytes: 9, chunks: ['f'.repeat(64)] })),
    ],
  ],
  [
    'a size that its chunks do not have',
    [line('files', file('a.txt', { bytes: 1e12 })), line('fileVersions', fileVersion('a.txt', { bytes: 1e12 }))],
  ],
  [
    'a file to be cut into a piece a byte',
    [line('files', file('a.txt')), line('fileVersions', fileVersion('a.txt', { chunkBytes: 1 }))],
  ],
  [
    'a file to be cut into pieces that no archive holds',
    [line('files', file('a.txt')), line('fileVersions', fileVersion('a.txt', { chunkBytes: 2 ** 30 }))],
  ],
  ['contents larger than any chunk', [{ store: 'blob', bytes: 2 ** 31 }, 'x']],
  ['nesting that overflows a stack', [`{"store":"agents","record":${'['.repeat(100_000)}${']'.repeat(100_000)}}`]],
])('%s is refused', async (_, lines) => {
  expect(['bad-record', 'altered']).toContain((await refused(await forge(lines))).data.reason)
})

test('more bytes of contents than the file has are noticed before any of them is taken', async () => {
  const whole = await forge([])
  const [header] = (await whole.text()).split('\n')
  const error = await refused(new Blob([`${header ?? ''}\n{"store":"blob","bytes":1048576}\nshort`]))
  expect(error.data.reason).toBe('cut-short')
})

test('prototypes are left alone, and keys that name one are dropped', async () => {
  const origin = emptyOrigin()
  const value = JSON.parse('{"__proto__":{"polluted":true},"kept":{"__proto__":1,"constructor":2}}') as never
  const lines = [line('shared', memoryOf('a/b', 'b: …', 1, { kind: 'shared', scope: 'a', entry: { key: 'b', value } }))]
  await bring(origin, await forge(lines))
  const [entry] = await origin.database.list('shared')
  expect(JSON.stringify(entry?.entry?.value)).toBe('{"kept":{"constructor":2}}')
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})

test('a record nested as deep as a call may be is plain, one much deeper is not', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])
  expect(makePlain(nested(64))).toBe(true)
  expect(makePlain(nested(500))).toBe(false)
})

test('half a million and one records are refused, in bounded memory', async () => {
  // Made as it is read: a file this size is not needed to show that it is not kept.
  const head = new TextEncoder().encode(
    '{"hearth":"archive","version":1,"schema":4,"writtenBy":"x","createdAt":1,"counts":{}}\n',
  )
  const one = new TextEncoder().encode('{"store":"blob","bytes":1}\nx\n')
  const size = head.length + one.length * 500_002
  const endless = {
    size,
    slice(start: number, end: number) {
      const bytes = new Uint8Array(end - start)
      for (let at = 0; at < bytes.length; at += 1) {
        const place = start + at
        bytes[at] = (place < head.length ? head[place] : one[(place - head.length) % one.length]) ?? 0
      }
      return { arrayBuffer: async () => bytes.buffer }
    },
  }
  const origin = { ...emptyOrigin() }
  // The real hash of that many single bytes takes seconds and is not what this is about.
  const fileBlobs = { ...origin.fileBlobs, hash: async () => 'a'.repeat(64) }
  await expect(look({ ...origin, fileBlobs }, endless as never)).rejects.toMatchObject({
    data: { reason: 'too-large', record: 500_001 },
  })
}, 60_000)

test('a file that changed since it was looked at is not imported', async () => {
  const [one, other] = fc.sample(worlds, { numRuns: 2, seed: 3 })
  const origins = [emptyOrigin(), emptyOrigin()] as const
  if (one && other) await Promise.all([fill(origins[0], one), fill(origins[1], other)])
  const [first, second] = [await archiveOf(origins[0]), await archiveOf(origins[1])]
  const { sha256 } = await look(emptyOrigin(), first)
  await expect(stageOnly(emptyOrigin(), second, sha256)).rejects.toMatchObject({ code: 'conflict' })
})

test('more agents or memories than a kernel holds are refused with what to do', async () => {
  const lines = Array.from({ length: 10_001 }, (_, index) => line('agents', { ...agent, id: `a${index}` }))
  const file = await forge(lines)
  const origin = emptyOrigin()
  const { sha256 } = await look(origin, file)
  await expect(stageOnly(origin, file, sha256)).rejects.toMatchObject({ code: 'over-limit', data: { maximum: 10_000 } })
}, 60_000)
