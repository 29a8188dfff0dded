/** What is kept of calls and of the audit log, and what goes. */
import { expect, test } from 'vitest'
import { openAuditLog } from '../../../kernel/core/audit/log.ts'
import { AUDIT_KEPT, CALLS_KEPT } from '../../../kernel/core/param.ts'
import type { Mutation } from '../../../kernel/core/storage/database.ts'
import type { CallRecord } from '../../../kernel/core/storage/records.ts'
import { createManualClock } from '../../../kernel/drivers/memory/clock.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { startKernel, user } from './fixture.ts'

const record = (id: string, at: number, state: CallRecord['state'] = 'done'): Mutation => ({
  op: 'put',
  store: 'calls',
  value: { id, at, state, syscall: 'agent.run', principal: user, epoch: 1 },
})

test('of settled calls the newest are kept; those of runs under way are kept whatever their age', async () => {
  const database = createMemoryDatabase()
  const kernel = await startKernel({}, database)
  // Ids in another order than ages, as ids are random.
  const old = Array.from({ length: 300 }, (_, index) => record(`z${String(index).padStart(4, '0')}`, index))
  const fresh = Array.from({ length: CALLS_KEPT }, (_, index) => record(`a${index}`, 10_000 + index))
  await database.commit([...old, ...fresh, record('run', 0, 'intent')], 'relaxed')
  kernel.runs.set('run', 'run-1')
  await kernel.gate.trim()
  expect(await database.count('calls')).toBe(CALLS_KEPT)
  expect(await database.get('calls', 'run')).toBeDefined()
  expect(await database.list('calls', { from: 'z', to: 'z9999' })).toEqual([])
  expect(await database.get('calls', 'a0')).toBeUndefined()
  expect(await database.get('calls', 'a1')).toBeDefined()
})

test('the audit log goes on counting where the last kernel stopped', async () => {
  const database = createMemoryDatabase()
  const clock = createManualClock()
  const subject = { id: 'c', name: 'memory.add', principal: user } as const
  const first = await openAuditLog({ database, clock, epoch: 1 })
  await database.commit([first.entry('intent', subject), first.entry('outcome', subject, 'done')], 'strict')
  const second = await openAuditLog({ database, clock, epoch: 2 })
  second.later('decision', subject, 'denied')
  second.later('decision', subject, 'denied again')
  await second.flush()
  expect((await database.list('audit')).map(({ seq, epoch, what }) => [seq, epoch, what])).toEqual([
    [1, 1, 'intent'],
    [2, 1, 'outcome'],
    [3, 2, 'decision'],
    [4, 2, 'decision'],
  ])
})

test('the audit log keeps its newest records', async () => {
  const database = createMemoryDatabase()
  const audit = (seq: number): Mutation => ({
    op: 'add',
    store: 'audit',
    value: { seq, at: 0, epoch: 1, principal: user, what: 'outcome', syscall: 'memory.add', call: `c${seq}` },
  })
  await database.commit([1, 2, 3, AUDIT_KEPT + 2].map(audit), 'relaxed')
  const log = await openAuditLog({ database, clock: createManualClock(), epoch: 2 })
  await log.trim()
  expect((await database.list('audit')).map(({ seq }) => seq)).toEqual([3, AUDIT_KEPT + 2])
})
