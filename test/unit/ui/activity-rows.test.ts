import { describe, expect, it } from 'vitest'
import type { Run, SchedulerJob } from '../../../sdk/index.ts'
import { findRows, rowsOf, sortRows } from '../../../ui/src/activity/rows.ts'

function job(id: string, fields: Partial<SchedulerJob> = {}): SchedulerJob {
  return {
    ...{ id, run: id, agent: 'a', name: id, class: 'normal', servedAs: 'normal', weight: 1, deadline: null },
    ...{ state: 'waiting', engine: 'llamacpp', model: 'starter', slot: null, promptTokens: 10, completionTokens: 0 },
    ...{ virtualTokens: 0, share: 0, arrivedAt: 0, waitedMs: 0, ranMs: 0, preemptions: 0, warm: false },
    ...fields,
  }
}

function run(id: string, fields: Partial<Run> = {}): Run {
  return {
    ...{ id, agent: 'a', agentName: id, state: 'waiting', askedBy: 'panel', model: null, startedAt: 0, round: 1 },
    ...{ completionTokens: 0, title: '', class: 'normal', weight: 1, spent: { tokens: 0, seconds: 0, calls: 0 } },
    ...fields,
  }
}

describe('the rows of Activity', () => {
  it('are one for each run, whether it has a job or waits for something else', () => {
    const rows = rowsOf(
      [job('mail', { state: 'running', slot: 1 })],
      [run('mail'), run('news', { waitingFor: 'fetch' })],
    )
    expect(rows.map(({ name, state, words }) => [name, state, words])).toEqual([
      ['mail', 'writing', 'writing'],
      ['news', 'elsewhere', 'waits for fetch'],
    ])
  })

  it('say the class one is served in only where it differs from its own', () => {
    const [own, aged] = rowsOf([job('own'), job('aged', { class: 'background', servedAs: 'normal' })], [])
    expect([own?.servedAs, aged?.servedAs]).toEqual([null, 'normal'])
  })

  it('ask for a decision where a call may have happened', () => {
    const undecided = { id: 'c', name: 'pay', arguments: {} }
    expect(rowsOf([], [run('shop', { undecided })])[0]).toMatchObject({
      state: 'undecided',
      words: 'waits for your decision',
    })
  })

  it('keep the order in which they came where the sorting leaves it open', () => {
    const jobs = [job('second', { arrivedAt: 2 }), job('first', { arrivedAt: 1 }), job('third', { arrivedAt: 3 })]
    const names = (reverse: boolean) => sortRows(rowsOf(jobs, []), { key: 'class', reverse }).map(({ name }) => name)
    expect(names(false)).toEqual(['first', 'second', 'third'])
    expect(names(true)).toEqual(['first', 'second', 'third'])
  })

  it('put the class that goes first first, and amounts from the most down', () => {
    const rows = rowsOf(
      [job('b', { class: 'background', share: 0.2 }), job('i', { class: 'interactive', share: 0.8 })],
      [],
    )
    expect(sortRows(rows, { key: 'class', reverse: false }).map(({ name }) => name)).toEqual(['i', 'b'])
    expect(sortRows(rows, { key: 'share', reverse: true }).map(({ name }) => name)).toEqual(['b', 'i'])
  })

  it('are found by words of the name, the request, the class and the state together', () => {
    const rows = rowsOf([job('Mail', { class: 'background' }), job('News')], [run('Mail', { title: 'Sort the inbox' })])
    expect(findRows(rows, 'background MAIL').map(({ name }) => name)).toEqual(['Mail'])
    expect(findRows(rows, 'waits').length).toBe(rows.length)
    expect(findRows(rows, 'nothing like it')).toEqual([])
  })
})
