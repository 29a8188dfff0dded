import { expect, test } from 'vitest'
test('the browser has what Hearth needs', async () => {
  expect(crossOriginIsolated).toBe(true)
  expect(await navigator.gpu.requestAdapter()).not.toBeNull()
})
