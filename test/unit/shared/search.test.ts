/** Words of whiteboard entries, indexed when they are first searched. */
import { expect, test } from 'vitest'
import type { SharedEntry } from '../../../kernel/abi/index.ts'
import { Board } from '../../../kernel/core/shared/board.ts'
import { makeEntry } from '../../../kernel/core/shared/entry.ts'
import { BoardSearch } from '../../../kernel/core/shared/search.ts'
import { gate } from '../agents/harness.ts'

const user = { source: 'user', principal: { kind: 'user' }, trust: 'trusted' } as const

const entry = (key: string, value: string, version = 1): SharedEntry =>
  makeEntry({ namespace: 'room', key, value, validUntil: null, provenance: user, version }, 1)

test('a search that comes while the first one still indexes finds what that one finds, and what was put meanwhile', async () => {
  const board = new Board()
  const search = new BoardSearch(board)
  const put = (one: SharedEntry): void => {
    board.put(one)
    search.follow([one])
  }
  for (let at = 0; at < 300; at += 1) put(entry(`k${at + 1_000}`, at === 299 ? 'the harbour is closed' : 'tea'))
  const held = gate()
  const first = search.find('harbour', 5, 2, () => held.pass)
  const second = search.find('harbour', 5, 2, () => held.pass)
  put(entry('k1000', 'a boat in the harbour', 2))
  held.open()
  const keys = async (found: typeof first): Promise<string[]> => (await found).map(({ entry: { id } }) => id).sort()
  expect(await keys(second)).toEqual(['room/k1000', 'room/k1299'])
  expect(await keys(first)).toEqual(['room/k1000', 'room/k1299'])
})
