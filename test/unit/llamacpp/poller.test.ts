/** The order of questions, against a stand-in for llama.cpp that answers when a test lets it. */
import { expect, test } from 'vitest'
import { Poller, type PolledResult } from '../../../kernel/drivers/llamacpp/poller.ts'

const live = new AbortController().signal

/** More than any answer here takes. */
const TOKENS = 100

/** Every question is noted and waits for `answer`, oldest first; results of an answer are numbered. */
function standIn() {
  const asked: string[] = []
  const waiting: { id: number; settle: (result: PolledResult) => void; fail: (error: Error) => void }[] = []
  const poller = new Poller(
    (id) => {
      asked.push(`poll ${id}`)
      return new Promise((settle, fail) => waiting.push({ id, settle, fail }))
    },
    (id) => {
      asked.push(`cancel ${id}`)
      return Promise.resolve()
    },
  )
  const turn = () => new Promise((resolve) => setTimeout(resolve))
  const answer = async (result: Partial<PolledResult> = {}) => {
    const next = waiting.shift()
    if (!next) throw new Error('nothing is asked')
    next.settle({ json: `"${next.id}"`, more: true, failed: false, ...result })
    await turn()
  }
  return { poller, asked, waiting, answer, turn }
}

test('a single answer is asked for twice at once, and its results come in order until there are no more', async () => {
  const { poller, waiting, answer } = standIn()
  const results: string[] = []
  const read = poller.read(1, TOKENS, (json) => results.push(json), live)
  expect(waiting).toHaveLength(2)
  await answer({ json: '"a"' })
  await answer({ json: 'null' })
  await answer({ json: '"b"', more: false })
  await answer({ json: '', more: false })
  await read
  expect(results).toEqual(['"a"', '"b"'])
})

test('several answers are asked for one at a time, in turn', async () => {
  const { poller, asked, answer, waiting } = standIn()
  for (const id of [1, 2, 3]) void poller.read(id, TOKENS, () => {}, live)
  for (let round = 0; round < 8; round += 1) await answer()
  expect(waiting).toHaveLength(1)
  expect(asked.slice(-6)).toEqual(expect.arrayContaining(['poll 1', 'poll 2', 'poll 3']))
  expect(new Set(asked.slice(-3)).size).toBe(3)
})

test('what is left of several answers when all of it is written is asked for at once', async () => {
  const { poller, answer, waiting } = standIn()
  for (const id of [1, 2]) void poller.read(id, 20, () => {}, live)
  // The first was alone when it was asked for. Then both begin, and every question has each of them write a token.
  for (let step = 0; step < 4; step += 1) await answer()
  for (let step = 4; step < 20; step += 1) {
    expect(waiting).toHaveLength(1)
    await answer()
  }
  for (let step = 20; step < 24; step += 1) await answer()
  expect(waiting.length).toBeGreaterThan(2)
})

test('a new answer is asked for next, a few times in a row, and until it begins never without a turn of the others after those', async () => {
  const { poller, asked, answer } = standIn()
  for (const id of [1, 2]) void poller.read(id, TOKENS, () => {}, live)
  for (let round = 0; round < 6; round += 1) await answer()
  asked.length = 0
  void poller.read(9, TOKENS, () => {}, live)
  for (let round = 0; round < 14; round += 1) await answer({ json: asked.at(-1) === 'poll 9' ? '' : '"x"' })
  expect(asked.slice(0, 2)).toContain('poll 9')
  const inARow = asked.join(' ').match(/(?:poll 9 ?)+/g) ?? []
  expect(inARow.length).toBeGreaterThanOrEqual(2)
  for (const row of inARow) expect(row.trim().split('poll 9').length - 1).toBeLessThanOrEqual(4)
})

/** Has answer `id` begin once `go` is called, and be read. */
function beginning({ poller, asked }: ReturnType<typeof standIn>, id: number, signal = new AbortController().signal) {
  let go = () => {}
  let fail = (_error: Error) => {}
  const started = new Promise<number>((resolve, reject) => {
    go = () => resolve(id)
    fail = reject
  })
  const start = () => {
    asked.push(`begin ${id}`)
    return started
  }
  const read = (async () => poller.read(await poller.begin(start, signal), TOKENS, () => {}, signal))()
  read.catch(() => {})
  return { go, fail, read }
}

test('while an answer begins nothing is asked, and its first result is what is asked for next', async () => {
  const llama = standIn()
  const { poller, asked, answer, waiting, turn } = llama
  for (const id of [1, 2]) void poller.read(id, TOKENS, () => {}, live)
  for (let round = 0; round < 6; round += 1) await answer()
  const { go } = beginning(llama, 9)
  await answer()
  expect(waiting).toHaveLength(0)
  asked.length = 0
  go()
  await turn()
  expect(asked).toEqual(['poll 9'])
})

test('answers begin one after another, and those that are stopped while they wait never do', async () => {
  const llama = standIn()
  const { asked, turn } = llama
  const abort = new AbortController()
  const first = beginning(llama, 1)
  const stopped = beginning(llama, 2, abort.signal)
  beginning(llama, 3)
  await turn()
  expect(asked).toEqual(['begin 1'])
  abort.abort(new Error('enough'))
  first.go()
  await expect(stopped.read).rejects.toThrow('enough')
  await turn()
  expect(asked).toEqual(['begin 1', 'begin 3'])
})

test('one that cannot begin holds nobody up', async () => {
  const llama = standIn()
  const { poller, asked, answer, turn } = llama
  for (const id of [1, 2]) void poller.read(id, TOKENS, () => {}, live)
  for (let round = 0; round < 6; round += 1) await answer()
  const { fail, read } = beginning(llama, 9)
  await answer()
  asked.length = 0
  fail(new Error('no'))
  await expect(read).rejects.toThrow('no')
  await turn()
  expect(asked).toHaveLength(1)
})

test('slots are freed behind the first result of a new answer, together, and before the others have their turn', async () => {
  const llama = standIn()
  const { poller, asked, answer, turn } = llama
  for (const id of [1, 2]) void poller.read(id, TOKENS, () => {}, live)
  for (let round = 0; round < 6; round += 1) await answer()
  asked.length = 0
  const freed = Promise.all([poller.cancel(5), poller.cancel(6)])
  const { go } = beginning(llama, 9)
  await answer()
  go()
  await turn()
  await answer({ json: 'null' })
  await answer()
  await freed
  await turn()
  expect(asked.slice(0, 5)).toEqual(['begin 9', 'poll 9', 'poll 9', 'cancel 5', 'cancel 6'])
  expect(asked[5]).toMatch(/^poll [12]$/)
})

test('freeing a slot does not wait when nothing is asked', async () => {
  const { poller, asked } = standIn()
  await poller.cancel(5)
  expect(asked).toEqual(['cancel 5'])
})

test('a long prompt that is being read does not keep a slot from being freed', async () => {
  const { poller, asked, answer } = standIn()
  void poller.read(1, TOKENS, () => {}, live)
  await answer()
  await answer()
  void poller.read(9, TOKENS, () => {}, live)
  const freed = poller.cancel(5)
  for (let round = 0; round < 6; round += 1) await answer({ json: '' })
  await freed
  expect(asked).toContain('cancel 5')
})

test('an abort ends reading once the question under way is answered, and nothing is given out after it', async () => {
  const { poller, answer } = standIn()
  const abort = new AbortController()
  const results: string[] = []
  let over = false
  const read = poller.read(1, TOKENS, (json) => results.push(json), abort.signal).then(() => (over = true))
  await answer()
  abort.abort()
  await answer()
  expect(over).toBe(false)
  await answer()
  await read
  expect(results).toHaveLength(1)
})

test('an error of llama.cpp rejects with its message, and only that answer', async () => {
  const { poller, answer, waiting } = standIn()
  const other = poller.read(2, TOKENS, () => {}, live)
  const read = poller.read(1, TOKENS, () => {}, live)
  const rejected = expect(read).rejects.toThrow('too long')
  while (waiting[0]?.id !== 1) await answer()
  await answer({ json: '{"message":"too long"}', failed: true, more: false })
  await rejected
  while (waiting.length > 0) await answer({ more: false })
  await other
})
