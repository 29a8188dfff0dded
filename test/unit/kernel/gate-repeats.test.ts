/** A call that is made again while the first is under way, and given up while the gate looks for that first one. */
import { describe, expect, test } from 'vitest'
import type { Call } from '../../../kernel/core/call.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { TestClient, settle, startKernel } from './fixture.ts'
import type { TestKernel } from './fixture.ts'

/** A gate in the database that can be shut: what is asked meanwhile is answered once it is opened. */
function shuttable(work: 'get' | 'commit'): { database: Database; shut: () => void; open: () => void } {
  const memory = createMemoryDatabase()
  let opened = Promise.resolve()
  let open = (): void => {}
  const waits =
    work === 'get' ? { get: () => opened, commit: async () => {} } : { get: async () => {}, commit: () => opened }
  return {
    database: {
      ...memory,
      get: async (store, key) => {
        await waits.get()
        return memory.get(store, key)
      },
      commit: async (batch, durability) => {
        await waits.commit()
        await memory.commit(batch, durability)
      },
    },
    shut() {
      opened = new Promise((resolve) => (open = resolve))
    },
    open: () => open(),
  }
}

/** A kernel that is loading a model for `first`, and `second`, which asks for the same while the database answers nobody. */
async function repeated(work: 'get' | 'commit') {
  const { database, shut, open } = shuttable(work)
  let loading: Call<'model.load'> | undefined
  const kernel: TestKernel = await startKernel(
    {
      'model.load': (call) => {
        loading = call
        return new Promise(() => {})
      },
    },
    database,
  )
  const call = { t: 'call', id: 'c', name: 'model.load', args: { id: 'starter' } }
  const first = await TestClient.open(kernel)
  first.send(call)
  await settle(kernel)
  const second = await TestClient.open(kernel)
  shut()
  second.send(call)
  await settle(kernel)
  return { kernel, first, second, open, aborted: () => loading?.signal.aborted }
}

describe.each([
  ['its record is committed', 'commit'],
  ['the first one is looked up', 'get'],
] as const)('a call that is made again, while %s', (_when, work) => {
  test('and whose tab dies, does not keep the first alive: that ends with its own tab', async () => {
    const { kernel, first, second, open, aborted } = await repeated(work)
    second.die()
    await settle(kernel)
    open()
    await settle(kernel)
    expect(aborted()).toBe(false)
    first.die()
    await settle(kernel)
    expect(aborted()).toBe(true)
    expect(second.settlements('c')).toEqual([])
  })

  test('and is cancelled, cancels the first: it is one call, and both ports hear so once', async () => {
    const { kernel, first, second, open, aborted } = await repeated(work)
    second.send({ t: 'cancel', id: 'c' })
    await settle(kernel)
    open()
    const heard = await Promise.all([first.settled('c'), second.settled('c')])
    for (const settlement of heard) {
      expect(settlement).toMatchObject({ t: 'fail', error: { code: 'cancelled', data: { by: 'caller' } } })
    }
    expect(aborted()).toBe(true)
    await settle(kernel)
    expect([first, second].map((client) => client.settlements('c').length)).toEqual([1, 1])
  })

  test('is joined when nobody gives it up, and outlives the first tab', async () => {
    const { kernel, first, second, open, aborted } = await repeated(work)
    open()
    await settle(kernel)
    first.die()
    await settle(kernel)
    expect(aborted()).toBe(false)
    expect(second.settlements('c')).toEqual([])
  })
})
