import { expect, test } from 'vitest'

test('the README’s first program refunds an order through a function of its page', async () => {
  await import('virtual:readme/0')
  expect(document.body.textContent).toContain('I refunded $62 for order 1042.')
})
