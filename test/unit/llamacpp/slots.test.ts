import { expect, test } from 'vitest'
import { Slots } from '../../../kernel/drivers/llamacpp/slots.ts'

const live = new AbortController().signal
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

test('slots go to those who asked first', async () => {
  const slots = new Slots(1)
  const order: number[] = []
  const first = await slots.take(1, live)
  const others = [1, 2, 3].map((who) => slots.hold(1, live, async () => order.push(who)))
  await turn()
  expect(order).toEqual([])
  first[Symbol.dispose]()
  await Promise.all(others)
  expect(order).toEqual([1, 2, 3])
})

test('whoever wants all slots keeps later ones waiting and is not starved by them', async () => {
  const slots = new Slots(2)
  const order: string[] = []
  const held = await slots.take(1, live)
  const all = slots.take(2, live).then((slot) => {
    order.push('all')
    return slot
  })
  const late = slots.take(1, live).then((slot) => {
    order.push('late')
    return slot
  })
  await turn()
  expect(order).toEqual([])
  held[Symbol.dispose]()
  ;(await all)[Symbol.dispose]()
  await late
  expect(order).toEqual(['all', 'late'])
})

test('an abort ends the waiting, and those behind move up', async () => {
  const slots = new Slots(2)
  await slots.take(1, live)
  const abort = new AbortController()
  const all = slots.take(2, abort.signal)
  const late = slots.take(1, live)
  const reason = new Error('enough')
  abort.abort(reason)
  await expect(all).rejects.toBe(reason)
  await late
})

test('a slot given back twice counts once', async () => {
  const slots = new Slots(1)
  const slot = await slots.take(1, live)
  slot[Symbol.dispose]()
  slot[Symbol.dispose]()
  await slots.take(1, live)
  let second = false
  void slots.take(1, live).then(() => (second = true))
  await turn()
  expect(second).toBe(false)
})
