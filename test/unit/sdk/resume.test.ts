import { expect, test } from 'vitest'
import type { SettledCall } from '../../../kernel/abi/index.ts'
import { resume } from '../../../sdk/resume.ts'
import type { SentCall } from '../../../sdk/resume.ts'

const EPOCH = 2
const call = (change: Partial<SentCall>): SentCall => ({
  ...{ id: 'id', name: 'memory.add', cancelled: false, begun: false, run: undefined },
  ...change,
})
const unknown: SettledCall = { state: 'unknown' }
const absent: SettledCall = { state: 'absent' }
const failed: SettledCall = {
  state: 'failed',
  error: { code: 'denied', message: 'no', data: { syscall: 'a', reason: 'b' } },
}

test('a call that never began is sent again, under its own id', () => {
  expect(resume(call({}), absent, EPOCH)).toEqual({ next: 'send', newId: false })
})

test('a call that was settled settles as it was', () => {
  const done = resume(call({}), { state: 'done', result: { id: 'm' } }, EPOCH)
  expect(done).toEqual({ next: 'settle', outcome: { result: { id: 'm' } } })
  expect(resume(call({}), failed, EPOCH)).toMatchObject({ next: 'settle', outcome: { error: { code: 'denied' } } })
})

test('a call that may have taken effect is never sent again, and says so', () => {
  const next = { next: 'settle', outcome: { error: { code: 'unknown', data: { call: 'id', syscall: 'tool.call' } } } }
  expect(resume(call({ name: 'tool.call' }), unknown, EPOCH)).toMatchObject(next)
})

test('a call of which the new kernel says nothing counts as one that may have taken effect', () => {
  expect(resume(call({}), undefined, EPOCH)).toMatchObject({ outcome: { error: { code: 'unknown' } } })
  const run = call({ name: 'agent.run' })
  expect(resume(run, undefined, EPOCH)).toMatchObject({ outcome: { error: { code: 'unknown' } } })
})

test('what is the same done once or twice is repeated, under a new id', () => {
  expect(resume(call({ name: 'model.load' }), unknown, EPOCH)).toEqual({ next: 'send', newId: true })
})

test('a run of which nothing is on record has not begun and is asked for again', () => {
  expect(resume(call({ name: 'agent.run' }), unknown, EPOCH)).toEqual({ next: 'send', newId: true })
})

test('a run goes on as a watcher, also when it ended meanwhile, so that its last events are seen', () => {
  const running = resume(call({ name: 'agent.run' }), { state: 'running', run: 'r' }, EPOCH)
  expect(running).toMatchObject({ next: 'watch', run: 'r' })
  const ended = resume(call({ name: 'agent.run' }), { state: 'done', result: { id: 'r' } }, EPOCH)
  expect(ended).toEqual({ next: 'watch', run: 'r', otherwise: { result: { id: 'r' } } })
  const lost = resume(call({ name: 'agent.run', run: 'r' }), unknown, EPOCH)
  expect(lost).toMatchObject({ next: 'watch', run: 'r', otherwise: { error: { code: 'unknown' } } })
})

test('a call that was given up is not sent again', () => {
  const next = { next: 'settle', outcome: { error: { code: 'cancelled' } } }
  expect(resume(call({ cancelled: true }), absent, EPOCH)).toMatchObject(next)
  expect(resume(call({ cancelled: true, name: 'model.load' }), unknown, EPOCH)).toMatchObject(next)
})

test('a streamed answer that had begun is not begun again, one that had not is', () => {
  const begun = resume(call({ name: 'llm.chat', begun: true }), absent, EPOCH)
  expect(begun).toMatchObject({ next: 'settle', outcome: { error: { code: 'kernel-restarted', data: { epoch: 2 } } } })
  expect(resume(call({ name: 'llm.chat' }), absent, EPOCH)).toEqual({ next: 'send', newId: false })
})

test('loading that stopped because this page was put aside goes on when it is back', () => {
  const gone: SettledCall = { state: 'failed', error: { code: 'cancelled', message: '', data: { by: 'tab' } } }
  expect(resume(call({ name: 'model.load' }), gone, EPOCH)).toEqual({ next: 'send', newId: true })
  expect(resume(call({ name: 'tool.call' }), gone, EPOCH)).toMatchObject({ outcome: { error: { code: 'cancelled' } } })
})
