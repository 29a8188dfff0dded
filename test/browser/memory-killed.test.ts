/**
 * Memory of a whole kernel on a real IndexedDB, which dies at one commit after the other while memories are written, changed,
 * superseded, forgotten and taken in, a page leaves a window, and all of it is embedded anew. The client asks again, as the SDK
 * does; in the end everything is as it is when nobody dies.
 */
import { expect, test } from 'vitest'
import type { EmbedderChoice, Memory } from '../../kernel/abi/index.ts'
import { openIdbDatabase } from '../../kernel/drivers/idb/database.ts'
import type { Hearth } from '../../sdk/index.ts'
import type { CommitMoment } from './chaos/messages.ts'
import { Origin } from './chaos/origin.ts'
import { Settlements } from './chaos/settlements.ts'
import { Tab } from './chaos/tab.ts'

const MOMENTS: readonly CommitMoment[] = ['before', 'during', 'after']
const SERVER: EmbedderChoice = { kind: 'openai', url: 'https://models.example/v1', model: 'm' }

/** A conversation of two pages. The scripted engine is quick with what asks for a refund. */
async function converse(hearth: Hearth): Promise<string> {
  await hearth.models.load('starter')
  const agent = await hearth.agents.create({ name: 'Ada' })
  for (const question of ['Refund one', 'Refund two']) await agent.run(question).result
  return agent.id
}

/** Everything that is done to memory, in one order. */
async function tell(hearth: Hearth, agent: string): Promise<void> {
  const { memory, context, embedding } = hearth
  const blue = await memory.add('my favourite colour is blue')
  await memory.update(blue.id, { scope: 'home' })
  const red = await memory.add({ text: 'my favourite colour is red', scope: 'home' })
  await memory.add({ text: 'likes warm colours', links: [{ kind: 'derived-from', to: red.id }] })
  const copy: Memory = { ...red, id: 'copy', text: 'the boat leaves at nine', links: [] }
  await memory.import({ memories: [copy], history: [] })
  await memory.delete(red.id)

  const [page] = (await context.window(agent)).pages
  if (page) await context.evict(agent, page.id)

  await embedding.use(SERVER)
  await memory.add('the harbour is closed')
  await expect.poll(async () => (await embedding.state()).next, { interval: 10 }).toBeNull()
}

/** What there is, without ids and times. */
async function seen(hearth: Hearth, agent: string): Promise<unknown> {
  const { memory, context, embedding } = hearth
  const memories = await memory.list({ validAt: 'any' })
  const versions = await Promise.all(memories.map(async ({ id }) => (await memory.history(id)).length))
  const { pages } = await context.window(agent)
  const found = await memory.search('harbour closed')
  const { current, pending } = await embedding.state()
  return {
    memories: memories.map(({ text, scope, version, validUntil }, at) => [
      text,
      scope,
      version,
      validUntil !== null,
      versions[at],
    ]),
    pages: pages.map(({ state, from, to }) => [state, from, to]),
    ...{ found: found[0]?.memory.text, current: current.kind, pending },
  }
}

/** What is stored of vectors, when no kernel is up. */
async function stored(name: string): Promise<unknown> {
  const database = await openIdbDatabase(name)
  const collections = (await database.list('collections')).map(({ state }) => state)
  const sets = new Set((await database.list('vectors')).map(({ collection }) => collection))
  database.close()
  return { collections, sets: sets.size }
}

/** @returns what there is in the end, and whether the kernel lived through it */
async function live(commits: number, moment: CommitMoment): Promise<{ after: unknown; survived: boolean }> {
  using origin = new Origin('scripted', (reason) => {
    throw new Error(reason)
  })
  const settlements = new Settlements()
  const tab = await Tab.open(origin, settlements, 'memory', [])
  try {
    const agent = await converse(tab.hearth)
    await origin.killAtCommit(commits, moment)
    await tell(tab.hearth, agent)
    const survived = origin.kills === 0
    const after = await seen(tab.hearth, agent)
    expect(settlements.doubled).toEqual([])
    await tab.die()
    origin.killKernel()
    return { after: [after, await stored(origin.name)], survived }
  } finally {
    await tab.die()
  }
}

test('a kernel that dies at any commit of what changes memory leaves all of it to the next', async () => {
  const undisturbed = await live(1_000_000, 'before')
  expect(undisturbed.survived).toBe(true)
  for (let at = 0, survived = false; !survived; at += 1) {
    const moment = MOMENTS[at % MOMENTS.length] ?? 'during'
    const ending = await live(at, moment)
    expect(ending.after, `killed ${moment} commit ${at}`).toEqual(undisturbed.after)
    survived = ending.survived
  }
})
