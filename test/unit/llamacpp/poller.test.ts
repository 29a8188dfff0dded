/** The order of questions, against a stand-in for llama.cpp that answers when a test lets it. */
import { expect, test } from 'vitest'
import { Poller, type PolledResult } from '../../../kernel/drivers/llamacpp/poller.ts'

const live = new AbortController().signal

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
  const read = poller.read(1, (json) => results.push(json), live)
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
  for (const id of [1, 2, 3]) void poller.read(id, () => {}, live)
  for (let round = 0; round < 8; round += 1) await answer()
  expect(waiting).toHaveLength(1)
  expect(asked.slice(-6)).toEqual(expect.arrayContaining(['poll 1', 'poll 2', 'poll 3']))
  expect(new Set(asked.slice(-3)).size).toBe(3)
})

test('a new answer is asked for next, a few times in a row, and until it begins never without a turn of the others after those', async () => {
  const { poller, asked, answer } = standIn()
  for (const id of [1, 2]) void poller.read(id, () => {}, live)
  for (let round = 0; round < 6; round += 1) await answer()
  asked.length = 0
  void poller.read(9, () => {}, live)
  for (let round = 0; round < 14; round += 1) await answer({ json: asked.at(-1) === 'poll 9' ? '' : '"x"' })
  expect(asked.slice(0, 2)).toContain('poll 9')
  const inARow = asked.join(' ').match(/(?:poll 9 ?)+/g) ?? []
  expect(inARow.length).toBeGreaterThanOrEqual(2)
  for (const row of inARow) expect(row.trim().split('poll 9').length - 1).toBeLessThanOrEqual(4)
})

test('freeing a slot lets a new answer be asked for first', async () => {
  const { poller, asked, answer, turn } = standIn()
  void poller.read(1, () => {}, live)
  await answer()
  await answer()
  void poller.read(9, () => {}, live)
  const freed = poller.cancel(5)
  await turn()
  expect(asked).not.toContain('cancel 5')
  while (!asked.includes('cancel 5')) await answer()
  await freed
  expect(asked.indexOf('poll 9')).toBeLessThan(asked.indexOf('cancel 5'))
})

test('freeing a slot does not wait when nobody is about to begin', async () => {
  const { poller, asked } = standIn()
  await poller.cancel(5)
  expect(asked).toEqual(['cancel 5'])
})

test('an abort ends reading once the question under way is answered, and nothing is given out after it', async () => {
  const { poller, answer } = standIn()
  const abort = new AbortController()
  const results: string[] = []
  let over = false
  const read = poller.read(1, (json) => results.push(json), abort.signal).then(() => (over = true))
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
  const other = poller.read(2, () => {}, live)
  const read = poller.read(1, () => {}, live)
  const rejected = expect(read).rejects.toThrow('too long')
  while (waiting[0]?.id !== 1) await answer()
  await answer({ json: '{"message":"too long"}', failed: true, more: false })
  await rejected
  while (waiting.length > 0) await answer({ more: false })
  await other
})
