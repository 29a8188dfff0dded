/** Who may write vectors of a memory, and when: a change before filling, filling before a change, never both. */
import { expect, test } from 'vitest'
import { Holds } from '../../../kernel/core/embeddings/holds.ts'

/** Work that ends when the test says so. */
function gate() {
  let open = (): void => {}
  const passed = new Promise<void>((resolve) => (open = resolve))
  return { passed, open }
}

test('a change waits until vectors of its memories are committed, and for no others', async () => {
  const holds = new Holds()
  const { passed, open } = gate()
  const filling = holds.fill([1, 2], () => passed)
  const order: string[] = []
  const changing = holds.hold([2, 3]).then((release) => {
    order.push('changed 2')
    release()
  })
  const other = await holds.hold([4])
  order.push('changed 4')
  other()
  expect(holds.has(2)).toBe(false)
  open()
  await filling
  await changing
  expect(order).toEqual(['changed 4', 'changed 2'])
})

test('a commit that fails keeps nobody waiting', async () => {
  const holds = new Holds()
  const failing = holds.fill([1], () => Promise.reject(new Error('full')))
  await expect(failing).rejects.toThrow('full')
  const release = await holds.hold([1])
  expect(holds.has(1)).toBe(true)
  release()
  expect(holds.has(1)).toBe(false)
})

test('memories are held until all who hold them let go, each once', async () => {
  const holds = new Holds()
  const one = await holds.hold([1])
  const two = await holds.hold([1, 2])
  let freed = 0
  holds.whenFree(() => (freed += 1))
  one()
  one()
  expect(holds.has(1)).toBe(true)
  expect(freed).toBe(0)
  two()
  expect([holds.has(1), holds.has(2), holds.free]).toEqual([false, false, true])
  expect(freed).toBe(1)
  holds.whenFree(() => (freed += 1))
  expect(freed).toBe(2)
})
