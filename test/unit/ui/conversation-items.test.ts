import { describe, expect, it } from 'vitest'
import type { Run, ToolCall, ToolOutcome, Turn } from '../../../sdk/index.ts'
import { idsOf, itemsOf, mergeTurns, type Happening } from '../../../ui/src/state/conversation-items.ts'

const call: ToolCall = { id: 'call1', name: 'calculate', arguments: { expression: '12 * 34' } }
const outcome: ToolOutcome = { call: 'call1', tool: 'calculate', ok: true, value: 408, ms: 3, where: 'sandbox' }

function turn(index: number, role: Turn['role'], fields: Partial<Turn> = {}): Turn {
  return {
    id: `turn${index}`,
    agent: 'agent',
    index,
    role,
    text: '',
    toolCalls: [],
    ended: 'complete',
    provenance: { source: 'user', principal: { kind: 'user' }, trust: 'trusted' },
    run: 'run',
    at: 0,
    ...fields,
  }
}

const question = turn(0, 'user', { text: 'What is 12 * 34?' })
const withCall = turn(1, 'assistant', { toolCalls: [call] })
const result = turn(2, 'tool', { outcome })
const answer = turn(3, 'assistant', { text: '12 * 34 = 408.' })

function happening(fields: Partial<Happening>): Happening {
  return { id: 'run', ended: false, rounds: [], outcomes: {}, ...fields }
}

const none = { happening: [], asked: [], runs: new Map<string, Run>() }

describe('the items of a conversation', () => {
  it('give each answer of a stored run a key of its own, and each call its result', () => {
    const items = itemsOf({ ...none, turns: [question, withCall, result, answer] })
    expect(items.map(({ key }) => key)).toEqual(['turn0', 'run:1', 'run:2'])
    expect(items[1]).toMatchObject({ calls: [{ call, outcome }], last: false })
    expect(items[2]).toMatchObject({ text: '12 * 34 = 408.', last: true, live: false })
  })

  it('keep the key of an answer when what was written becomes a turn', () => {
    const writing = [{ text: '12 * 34', calls: [], markers: [] }]
    const before = itemsOf({ ...none, turns: [question], happening: [happening({ rounds: writing })] })
    const stored = turn(1, 'assistant', { text: '12 * 34 = 408.' })
    const after = itemsOf({
      ...none,
      turns: [question, stored],
      happening: [happening({ rounds: writing, ended: true })],
    })
    expect(before.map(({ key }) => key)).toEqual(after.map(({ key }) => key))
    expect(before[1]).toMatchObject({ text: '12 * 34', live: true })
    expect(after[1]).toMatchObject({ text: '12 * 34 = 408.', live: false })
  })

  it('show that an answer is coming before its first word', () => {
    const items = itemsOf({ ...none, turns: [question], happening: [happening({})] })
    expect(items[1]).toMatchObject({ kind: 'answer', text: '', live: true, last: true })
  })

  it('show a call while it runs, and its result as soon as it is told', () => {
    const rounds = [{ text: '', calls: [call], markers: [] }]
    const running = itemsOf({ ...none, turns: [question], happening: [happening({ rounds })] })
    expect(running[1]).toMatchObject({ calls: [{ call, outcome: undefined }] })
    const told = happening({ rounds, outcomes: { call1: outcome } })
    expect(itemsOf({ ...none, turns: [question], happening: [told] })[1]).toMatchObject({ calls: [{ call, outcome }] })
  })

  it('ask about a call of which nobody knows whether it happened, also where its turn is not there yet', () => {
    const runs = new Map([['run', { id: 'run', undecided: call } as Run]])
    const stored = itemsOf({ ...none, turns: [question, withCall], runs })
    expect(stored.at(-1)).toMatchObject({ undecided: 'call1', calls: [{ call }] })
    const early = itemsOf({ ...none, turns: [question], happening: [happening({})], runs })
    expect(early.at(-1)).toMatchObject({ undecided: 'call1', calls: [{ call }] })
  })

  it('end a failed run with its error, and put questions not yet begun last', () => {
    const error = { code: 'no-model', message: 'No model is chosen yet.' }
    const runs = new Map([['run', { id: 'run', error } as Run]])
    const items = itemsOf({ ...none, turns: [question], runs, asked: [{ key: 'asked:0', text: 'And now?' }] })
    expect(items.map(({ kind }) => kind)).toEqual(['question', 'error', 'question'])
    expect(items[1]).toMatchObject({ error })
  })
})

describe('turns after a reading of the history', () => {
  it('stay the same objects where nothing changed', () => {
    const merged = mergeTurns([question], [{ ...question }], idsOf([question]))
    expect(merged[0]).toBe(question)
  })

  it('lose what was deleted and keep what came during the reading', () => {
    const merged = mergeTurns([question, withCall, answer], [question], idsOf([question, withCall]))
    expect(merged).toEqual([question, answer])
  })
})
