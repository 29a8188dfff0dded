import { expect, test } from './app.ts'

test('a browser without SharedWorker is told so plainly', async ({ app, page }) => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(globalThis, 'SharedWorker')
  })
  await page.goto(app.url)
  await expect(page.getByText(/SharedWorker|shared worker/i).first()).toBeVisible()
})

test('a browser without WebGPU starts all the same, on the CPU', async ({ app, page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'gpu', { value: undefined })
  })
  await page.goto(app.url)
  await page.getByRole('button', { name: 'Start now' }).click()
  await expect(page.getByText(/CPU/).first()).toBeVisible()
})
