import { expect, test, vi } from 'vitest'

test('the README’s first program refunds an order through a function of its page', async () => {
  await import('virtual:readme/0')
  expect(document.body.textContent).toContain('I refunded $62 for order 1042.')
})

test('the README’s program with memory, whiteboard and files prints what it says', async () => {
  const printed = vi.spyOn(console, 'log')
  await import('virtual:readme/2')
  const calls = printed.mock.calls
  printed.mockRestore()
  expect(calls[0]?.[0]).toBe('Ada moved to Hamburg.')
  expect(calls[0]?.[2]).toMatchObject([{ text: 'Ada moved to Hamburg.' }])
  expect(calls[1]?.[0]).toMatchObject({ type: 'entries', entries: [{ entry: { key: 'visitors', value: 1 } }] })
  expect(calls[2]?.[0]).toBe('Call the doctor.')
})
