/** The order in which answers begin and let go. llama.cpp does not run in Node: a stand-in notes what it is asked. */
import { expect, test } from 'vitest'
import type { GenerateRequest } from '../../../kernel/core/engines/engine.ts'
import { AnswerReader } from '../../../kernel/drivers/llamacpp/answer-reader.ts'
import type { PolledResult } from '../../../kernel/drivers/llamacpp/poller.ts'
import { Writer } from '../../../kernel/drivers/llamacpp/writer.ts'

/** Polls wait for `answer`, oldest first; answers are numbered from 1, as they begin. */
function standIn() {
  const asked: string[] = []
  const waiting: ((result: PolledResult) => void)[] = []
  let begun = 0
  const actions = {
    begin: () => {
      asked.push(`begin ${++begun}`)
      return Promise.resolve(begun)
    },
    poll: () => new Promise<PolledResult>((resolve) => waiting.push(resolve)),
    cancel: (id: number) => {
      asked.push(`cancel ${id}`)
      return Promise.resolve()
    },
  }
  const turn = () => new Promise((resolve) => setTimeout(resolve))
  const answer = async (result: Partial<PolledResult> = {}) => {
    waiting.shift()?.({ json: 'null', more: true, failed: false, ...result })
    await turn()
  }
  const writer = new Writer(actions, 2048)
  const write = (content: string, prefix = '') => {
    const messages = [{ role: 'user' as const, content }]
    const request: GenerateRequest = { messages, tools: [], temperature: 0, topP: 1, maxTokens: 20, prefix }
    const abort = new AbortController()
    const over = writer.write(request, new AnswerReader(request), () => {}, abort.signal)
    over.catch(() => {})
    return { abort, over }
  }
  return { asked, waiting, answer, turn, write }
}

test('an answer that goes on begins once the stopped one it goes on with has let go of its slot', async () => {
  const { asked, answer, turn, write } = standIn()
  const { abort, over } = write('Count.')
  await turn()
  abort.abort(new Error('enough'))
  write('Count.', '1, 2,')
  await turn()
  expect(asked).toEqual(['begin 1'])
  await answer()
  await answer()
  await expect(over).rejects.toThrow('enough')
  await turn()
  expect(asked).toEqual(['begin 1', 'cancel 1', 'begin 2'])
})

test('an answer waits neither for a stopped one of another conversation nor for one that is being written', async () => {
  const { asked, turn, write } = standIn()
  const { abort } = write('Count.')
  await turn()
  write('Count.', '1, 2,')
  await turn()
  expect(asked).toEqual(['begin 1', 'begin 2'])
  abort.abort(new Error('enough'))
  write('Greet.', 'Hel')
  await turn()
  expect(asked).toEqual(['begin 1', 'begin 2', 'begin 3'])
})
