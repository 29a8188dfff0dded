/** What agents' tools write, with the kernel killed at every commit: each call takes effect once, and its result is what it was. */
import { describe, expect, it } from 'vitest'
import type { RunEvent, Turn } from '../../../kernel/abi/index.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createCountingRandom } from '../../../kernel/drivers/memory/random.ts'
import { ask, asks, createDyingDatabase, errorOf, gate, historyOf, idle, live, settings, type Life } from './harness.ts'

type Calls = readonly (readonly [tool: string, args: object])[]
interface Death {
  readonly at: number
  /** Whether the commit it dies at is on disk. */
  readonly applied: boolean
}

const answeredIn = (messages: readonly { role: string }[]): number =>
  messages.slice(messages.findLastIndex(({ role }) => role === 'user')).filter(({ role }) => role === 'assistant')
    .length

const PLACE = { namespace: 'common', key: 'plan' }

/** Resolves with the run as it ended; has a call repeated that nobody can say of whether it happened. */
async function finish(life: Life): Promise<void> {
  await life.agents.recover()
  const [known] = (await life.call('run.list', { active: false, limit: 1 })).runs
  const run = known?.id ?? ''
  const onEvent = (event: RunEvent): void => {
    if (event.type === 'undecided') void life.call('run.decide', { run, call: event.call.id, decision: 'repeat' })
  }
  await life.call('run.watch', { run, after: -1 }, { onEvent })
}

interface Ending {
  readonly database: Database
  readonly turns: readonly Turn[]
  /** Whether the kernel was still alive when all was done. */
  readonly survived: boolean
  /** Whether somebody else wrote in between. */
  readonly interfered: boolean
}

/** Writes, or does not, between the death of one kernel and the next one's work. */
type Interfere = (life: Life) => Promise<boolean>

/** An agent makes these calls, one an answer; the kernel dies where it is told, and another one does the rest. */
async function tell(calls: Calls, death: Death, interfere: Interfere = async () => false) {
  const database = createMemoryDatabase()
  const random = createCountingRandom()
  const script = ({ messages }: { messages: readonly { role: string }[] }) => {
    const call = calls[answeredIn(messages)]
    return call ? [asks(...call)] : ['done']
  }
  const begin = (over: Database): Promise<Life> => live({ database: over, random, script })
  const first = await begin(database)
  const tools = ['shared_set', 'remember', 'update_memory', 'forget', 'note_experience', 'edit_block']
  const { id: agent } = await first.call('agent.create', settings({ tools, limits: { rounds: 20 } }))

  const dying = createDyingDatabase(database, death.at, death.applied)
  const life = await begin(dying)
  const survived = await Promise.race([ask(life, agent, 'Go').then(() => true), dying.dead.then(() => false)])
  await using last = await begin(database)
  const interfered = !survived && (await interfere(last))
  if ((await database.count('runs')) === 0) await ask(last, agent, 'Go')
  else await finish(last)
  return { database, survived, interfered, turns: await historyOf(last, agent) } satisfies Ending
}

/** What there is to see of it, without ids and times. */
async function seen({ database, turns }: Ending): Promise<unknown> {
  const memories = (await database.list('memories')).map(({ kind, text, version, validUntil }) => {
    return JSON.stringify({ kind, text, version, ended: validUntil !== null })
  })
  return {
    memories: memories.sort(),
    versions: await database.count('versions'),
    entries: (await database.list('shared')).map(({ entry, version }) => ({ entry, version })),
    outcomes: turns.flatMap(({ outcome }) => (outcome ? [{ ok: outcome.ok, value: outcome.value }] : [])),
  }
}

/** Every death, with and without what was being committed, until one is later than all. */
async function* deaths(calls: Calls, interfere?: Interfere): AsyncGenerator<Ending & Death> {
  for (const applied of [true, false]) {
    for (let at = 0; ; at += 1) {
      const ending = await tell(calls, { at, applied }, interfere)
      yield { ...ending, at, applied }
      if (ending.survived) break
    }
  }
}

describe.each<[string, Calls]>([
  ['shared_set', [['shared_set', { key: 'plan', value: 'mine' }]]],
  ['shared_set at a version', [['shared_set', { key: 'plan', value: 'mine', version: 0 }]]],
  [
    'note_experience',
    [['note_experience', { task: 'bake bread', tried: 'yeast', outcome: 'worked', lesson: 'wait longer' }]],
  ],
  [
    'remember, update_memory and forget',
    [
      ['remember', { fact: 'the boat leaves at nine' }],
      ['update_memory', { fact: 'the boat leaves at nine', now: 'the boat leaves at ten' }],
      ['forget', { fact: 'the boat leaves at ten' }],
    ],
  ],
  [
    'edit_block',
    [
      ['edit_block', { name: 'notes', text: 'a' }],
      ['edit_block', { name: 'notes', text: 'aa', replaces: 'a' }],
    ],
  ],
])('%s', (_name, calls) => {
  it('takes effect once, at whichever commit the kernel is killed', async () => {
    const undisturbed = await seen(await tell(calls, { at: Infinity, applied: false }))
    expect(undisturbed).toMatchObject({ outcomes: calls.map(() => ({ ok: true })) })
    for await (const ending of deaths(calls)) expect(await seen(ending)).toEqual(undisturbed)
  })
})

describe('what somebody else writes after a killed kernel', () => {
  const calls: Calls = [['shared_set', { key: 'plan', value: 'mine' }]]

  it.each<[string, (life: Life) => Promise<unknown>, object[]]>([
    ['stays', (life) => life.call('shared.set', { ...PLACE, value: 'theirs' }), [{ value: 'theirs', version: 2 }]],
    ['stays deleted', (life) => life.call('shared.delete', PLACE), [{ value: null, version: 2 }]],
  ])('%s', async (_name, write, after) => {
    const interfere = async (life: Life): Promise<boolean> => {
      if ((await life.database.count('shared')) === 0) return false
      await write(life)
      return true
    }
    let times = 0
    for await (const { database, turns, interfered } of deaths(calls, interfere)) {
      const entries = (await database.list('shared')).map(({ entry, version }) => ({ value: entry?.value, version }))
      expect(entries).toEqual(interfered ? after : [{ value: 'mine', version: 1 }])
      expect(turns.flatMap(({ outcome }) => outcome?.value ?? [])).toEqual([{ version: 1 }])
      times += interfered ? 1 : 0
    }
    expect(times).toBeGreaterThan(1)
  })
})

it('a call that was given up writes nothing once its run is over', async () => {
  const database = createMemoryDatabase()
  const [reached, held] = [gate(), gate()]
  let holding = true
  const slow: Database = {
    get: (store, key) => database.get(store, key),
    count: (store, range) => database.count(store, range),
    commit: (batch, durability) => database.commit(batch, durability),
    close: () => undefined,
    // The whiteboard is read by the call itself, before it decides what to write.
    async list(store, range) {
      if (holding && store === 'shared') {
        reached.open()
        await held.pass
      }
      return database.list(store, range)
    },
  }
  const script = ({ messages }: { messages: readonly { role: string }[] }) =>
    answeredIn(messages) === 0 ? [asks('shared_set', { key: 'plan', value: 'mine' })] : ['done']
  await using life = await live({ database: slow, script })
  const agent = await life.call('agent.create', settings({ tools: ['shared_set'] }))
  const asked = ask(life, agent.id, 'Go')
  await reached.pass
  const [run] = (await life.call('run.list', { active: true, limit: 1 })).runs
  await life.call('run.cancel', { run: run?.id ?? '' })
  expect((await asked).run.state).toBe('cancelled')
  holding = false
  held.open()
  await idle()
  expect((await errorOf(life.call('shared.get', PLACE))).code).toBe('not-found')
  expect(await database.count('shared')).toBe(0)
  expect(JSON.stringify(await database.list('runs'))).not.toContain('effect')
})
