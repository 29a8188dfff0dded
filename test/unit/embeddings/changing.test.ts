/** Changing from one embedder to another while memories are searched, written and deleted. */
import { describe, expect, test } from 'vitest'
import type { EmbedderChoice } from '../../../kernel/abi/index.ts'
import { BUILT_IN_EDITION, EMBEDDING_PATIENCE_MS, EMBEDDING_YIELD_MS } from '../../../kernel/core/embeddings/param.ts'
import { engineLost } from '../../fixtures/scripted-embedder.ts'
import { BUILT_IN, BUSY, createWorld, LOCAL, PAUSED, SERVER, settled, start, until } from './fixture.ts'
import type { World } from './fixture.ts'

const FACTS = [
  'we repay the customer',
  'the automobile is red',
  'tea is at four',
  'the harbour is closed',
  'bring a coat',
]

async function remembering(world: World) {
  const running = start(world)
  for (const [at, text] of FACTS.entries()) await running.put(at, text)
  await running.state()
  return running
}

/** The built-in embedder as it was called up to edition 3. */
const FORMER = '{ "kind": "words" }'

const collectionsOf = async (world: World) => (await world.database.list('collections')).map(({ state }) => state)
const vectorSets = async (world: World) =>
  new Set((await world.database.list('vectors')).map(({ collection }) => collection)).size

describe('the built-in embedder', () => {
  test('is what there is at first, and gives a memory its vector in the commit that writes it', async () => {
    const world = createWorld()
    await using running = await remembering(world)
    expect(await running.state()).toMatchObject({
      ...{ current: { id: 'built-in', kind: 'built-in', sendsTo: null, downloadBytes: 0 }, next: null, pending: 0 },
    })
    expect(await running.find('a car')).toEqual(expect.arrayContaining([1]))
    expect((await running.find('refund'))?.[0]).toBe(0)
  })

  test('has its vectors again after a restart without embedding anything', async () => {
    const world = createWorld()
    await (await remembering(world))[Symbol.asyncDispose]()
    await using running = start(world)
    running.wordsThere = false
    expect((await running.state()).pending).toBe(0)
    running.wordsThere = true
    expect((await running.find('refund'))?.[0]).toBe(0)
  })

  test('embeds everything anew where an edition before made the vectors, and mixes the two never', async () => {
    const world = createWorld()
    await (await remembering(world))[Symbol.asyncDispose]()
    const [before] = await world.database.list('collections')
    if (!before) throw new Error('there is no collection')
    const embedder = JSON.parse(FORMER) as EmbedderChoice
    await world.database.commit(
      [{ op: 'put', store: 'collections', value: { ...before, embedder, edition: 3 } }],
      'strict',
    )
    await using running = start(world)
    await settled(running)
    expect((await running.find('refund'))?.[0]).toBe(0)
    const after = await world.database.list('collections')
    expect(after.map(({ state, edition }) => [state, edition])).toEqual([['current', BUILT_IN_EDITION]])
    expect(after[0]?.embedder).toEqual(BUILT_IN)
    expect(after[0]?.name).not.toBe(before.name)
    expect(await vectorSets(world)).toBe(1)
    expect((await running.state()).pending).toBe(0)
  })

  test('goes on with a change to it that was begun under the name it had before', async () => {
    const world = createWorld()
    {
      await using running = await remembering(world)
      await running.use(LOCAL)
      await settled(running)
    }
    const next = { name: 'begun', embedder: JSON.parse(FORMER) as EmbedderChoice, dimensions: null, edition: 3 }
    const value = { ...next, state: 'next', startedAt: 0 } as const
    await world.database.commit([{ op: 'put', store: 'collections', value }], 'strict')
    await using running = start(world)
    expect(await running.state()).toMatchObject({
      current: { kind: 'llamacpp' },
      next: { embedder: { id: 'built-in' } },
    })
    await settled(running)
    expect((await running.state()).current.choice).toEqual(BUILT_IN)
    expect((await running.find('refund'))?.[0]).toBe(0)
  })

  test('embeds what was remembered before there were vectors', async () => {
    const world = createWorld()
    for (const [at, text] of FACTS.entries()) world.memories.set(at, text)
    await using running = start(world)
    expect((await running.state()).pending).toBeGreaterThanOrEqual(0)
    await settled(running)
    expect((await running.find('refund'))?.[0]).toBe(0)
  })

  test.each([
    ['words', 'wordsThere', 'word vectors'],
    ['sentences', 'sentencesThere', 'the built-in embedder'],
  ] as const)('without its %s leaves memories to be found by words, and embeds them later', async (_, file, told) => {
    const world = createWorld()
    await using running = start(world)
    running[file] = false
    await running.put(1, 'we repay the customer')
    expect(await running.find('refund')).toBeNull()
    await until(running, async () => (await running.state()).reason !== null)
    const waiting = await running.state()
    expect(waiting.pending).toBe(1)
    expect(waiting.reason).toContain(`${told} could not be fetched`)
    running[file] = true
    await until(running, () => running.clock.sleepers > 0)
    running.clock.advance(60_000)
    await settled(running)
    expect(await running.find('refund')).toEqual([1])
  })

  test('has nothing to go by for a text without a word that it knows', async () => {
    const world = createWorld()
    await using running = start(world)
    await running.put(1, 'zzyzx qqq')
    expect(await running.state()).toMatchObject({ pending: 0 })
    expect(await running.find('zzyzx')).toBeNull()
  })

  test('is used again after another one also while there is no memory to try it on', async () => {
    const world = createWorld()
    await using running = start(world)
    await running.use(LOCAL)
    await settled(running)
    await running.use(BUILT_IN)
    await settled(running)
    expect(await running.state()).toMatchObject({ current: { id: 'built-in' }, next: null })
  })
})

describe('vectors that no memory has any more', () => {
  test('are taken out when memory loads, as after an archive that replaced memories', async () => {
    const world = createWorld()
    await (await remembering(world))[Symbol.asyncDispose]()
    world.memories.delete(1)
    world.memories.set(9, 'the automobile is blue')
    await using running = start(world)
    await running.state()
    await settled(running)
    await until(running, async () => (await running.find('automobile'))?.includes(1) === false)
    expect((await running.find('automobile'))?.[0]).toBe(9)
  })
})

describe('another embedder', () => {
  test('embeds everything in the background, and is searched once all is done', async () => {
    const world = createWorld()
    await using running = await remembering(world)
    running.hold = BUSY
    const begun = await running.use(LOCAL)
    expect(begun).toMatchObject({ current: { id: 'built-in' }, next: { done: 0, total: 5, state: 'embedding' } })
    await until(running, async () => (await running.state()).next?.state === 'waiting')
    expect(await running.state()).toMatchObject({ next: { reason: 'Answers are being written.', done: 0 } })
    // Searches still go by the words that both have in common in meaning.
    expect((await running.find('refund'))?.[0]).toBe(0)
    expect(world.script.asked).toEqual([])
    running.hold = null
    running.clock.advance(1_000)
    await settled(running)
    expect(await running.state()).toMatchObject({ current: { id: 'llamacpp:nomic', dimensions: 16 }, next: null })
    expect((await running.find('tea is at four'))?.[0]).toBe(2)
    expect(world.script.asked.at(-1)?.purpose).toBe('query')
    await until(running, async () => (await vectorSets(world)) === 1)
    expect(await collectionsOf(world)).toEqual(['current'])
  })

  test('waits for answers, but not for ever: one batch at a time comes in between; for a pause it waits', async () => {
    const world = createWorld()
    await using running = await remembering(world)
    running.hold = BUSY
    await running.use(LOCAL)
    const step = () => running.clock.advance(EMBEDDING_YIELD_MS)
    await until(running, () => (step(), world.script.asked.length === 1))
    const passed = running.clock.monotonic()
    await until(running, () => (step(), world.script.asked.length === 2))
    expect(running.clock.monotonic() - passed).toBeGreaterThanOrEqual(EMBEDDING_PATIENCE_MS)
    await settled(running)
    // The built-in one too, as it computes on the thread that answers pass through.
    const chosen = running.clock.monotonic()
    await running.use(BUILT_IN)
    await until(running, async () => (step(), (await running.state()).next === null))
    expect(running.clock.monotonic() - chosen).toBeGreaterThanOrEqual(EMBEDDING_PATIENCE_MS)
    running.hold = PAUSED
    await running.use(SERVER)
    const asked = world.script.asked.length
    for (let turn = 0; turn < 100; turn += 1) {
      running.clock.advance(EMBEDDING_PATIENCE_MS)
      await running.clock.sleep(0)
    }
    expect(world.script.asked).toHaveLength(asked)
    expect((await running.state()).next?.reason).toBe('Everything is paused.')
  })

  test('takes in what is written, changed and deleted meanwhile', async () => {
    const world = createWorld()
    await using running = await remembering(world)
    let open = (): void => {}
    world.script.gate = new Promise((resolve) => (open = resolve))
    await running.use(LOCAL)
    await until(running, () => world.script.asked.length === 1)
    await running.put(5, 'a new train')
    await running.put(0, 'changed while its old text is being embedded')
    await running.remove(1)
    // The old embedder knows all of it at once.
    expect((await running.find('a new train'))?.[0]).toBe(5)
    open()
    await settled(running)
    expect((await running.find('changed while its old text is being embedded'))?.[0]).toBe(0)
    expect(await running.find('automobile')).not.toContain(1)
    expect((await running.state()).current.id).toBe('llamacpp:nomic')
  })

  test('that is current gives new memories their vectors later; until then they are pending', async () => {
    const world = createWorld()
    await using running = start(world)
    await running.use(LOCAL)
    await settled(running)
    world.script.failure = engineLost()
    await running.put(1, 'tea is at four')
    await until(running, async () => (await running.state()).reason !== null)
    expect(await running.state()).toMatchObject({ pending: 1, reason: 'The tab was closed.' })
    expect(await running.find('tea is at four')).toBeNull()
    world.script.failure = null
    running.clock.advance(60_000)
    await settled(running)
    expect(await running.find('tea is at four')).toEqual([1])
  })

  test('waits with a reason while its engine is away, and goes on', async () => {
    const world = createWorld()
    await using running = await remembering(world)
    world.script.absent = engineLost()
    await running.use(LOCAL)
    await until(running, async () => (await running.state()).next?.reason === 'The tab was closed.')
    expect((await running.state()).next?.state).toBe('waiting')
    world.script.absent = null
    running.clock.advance(60_000)
    await settled(running)
    expect(world.script.living).toBe(1)
  })

  test('whose engine is lost in the middle goes on where it was', async () => {
    const world = createWorld()
    await using running = await remembering(world)
    await running.use(LOCAL)
    await until(running, () => world.script.asked.length === 2)
    world.script.lose()
    await until(running, async () => {
      running.clock.advance(60_000)
      return (await running.state()).next === null
    })
    const embedded = world.script.asked.flatMap(({ texts }) => texts)
    expect(new Set(embedded)).toEqual(new Set(FACTS))
    // At most the batch that was lost is asked for again.
    expect(embedded.length).toBeLessThanOrEqual(FACTS.length + world.script.batch)
  })

  test('that is given up leaves nothing behind', async () => {
    const world = createWorld()
    await using running = await remembering(world)
    let open = (): void => {}
    world.script.gate = new Promise((resolve) => (open = resolve))
    await running.use(LOCAL)
    await until(running, () => world.script.asked.length === 1)
    expect(await running.cancel()).toMatchObject({ current: { id: 'built-in' }, next: null })
    open()
    await until(running, async () => (await vectorSets(world)) === 1 && world.script.living === 0)
    expect(await collectionsOf(world)).toEqual(['current'])
    expect((await running.find('refund'))?.[0]).toBe(0)
  })

  test('that is replaced by a third one before it is done leaves nothing behind', async () => {
    const world = createWorld()
    await using running = await remembering(world)
    running.hold = BUSY
    await running.use(LOCAL)
    await running.use(SERVER)
    running.hold = null
    running.clock.advance(60_000)
    await settled(running)
    expect((await running.state()).current.kind).toBe('openai')
    await until(running, async () => (await vectorSets(world)) === 1)
    expect(await collectionsOf(world)).toEqual(['current'])
  })

  test('is not begun again when it is the one there is, nor when it is under way', async () => {
    const world = createWorld()
    await using running = await remembering(world)
    expect(await running.use(BUILT_IN)).toMatchObject({ current: { id: 'built-in' }, next: null })
    running.hold = BUSY
    await running.use(LOCAL)
    const [{ name } = { name: '' }] = (await world.database.list('collections')).filter(({ state }) => state === 'next')
    await running.use(LOCAL)
    expect((await world.database.list('collections')).find(({ state }) => state === 'next')?.name).toBe(name)
    // Choosing the one there is gives up the other.
    expect(await running.use(BUILT_IN)).toMatchObject({ next: null })
  })

  test('leaves out a text that it refuses, and embeds all others', async () => {
    const world = createWorld()
    await using running = await remembering(world)
    world.script.refuses = (text) => text.includes('harbour')
    await running.use(SERVER)
    await settled(running)
    expect((await running.find('bring a coat'))?.[0]).toBe(4)
    world.script.refuses = () => false
    expect(await running.find('the harbour is closed')).not.toContain(3)
  })

  test('that refuses everything is not searched by', async () => {
    const world = createWorld()
    await using running = await remembering(world)
    world.script.refuses = () => true
    await running.use(SERVER)
    await until(running, async () => (await running.state()).next?.state === 'failed')
    const failed = await running.state()
    expect(failed.current.id).toBe('built-in')
    expect(failed.next?.reason).toContain('refused')
    world.script.refuses = () => false
    await running.use(SERVER)
    await settled(running)
    expect((await running.state()).current.kind).toBe('openai')
  })

  test('whose vectors become longer fails with the reason, and is embedded anew when it is chosen again', async () => {
    const world = createWorld()
    await using running = await remembering(world)
    await running.use(SERVER)
    await settled(running)
    world.script.dimensions = 24
    await running.put(9, 'one more')
    await until(running, async () => (await running.state()).reason !== null)
    expect((await running.state()).reason).toContain('a vector had 16 numbers and now has 24 numbers')
    expect(await running.find('one more')).toBeNull()
    await running.use(SERVER)
    await settled(running)
    expect((await running.state()).current.dimensions).toBe(24)
    expect((await running.find('one more'))?.[0]).toBe(9)
  })
})
