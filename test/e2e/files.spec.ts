import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { ggufFile } from '../fixtures/gguf-file.ts'
import { conversation, expect, say, test } from './app.ts'

const starter = fileURLToPath(new URL('../../wasm/starter/starter.gguf', import.meta.url))

/** Drops a file of these bytes on the panel, as a file manager would. */
async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Models' }).click()
  await page.getByRole('button', { name: 'Add a model' }).first().click()
  const target = page.getByRole('group', { name: 'Drop a model file here' })
  const dataTransfer = await page.evaluateHandle(
    ([title, base64]) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], title))
      return transfer
    },
    [name, Buffer.from(bytes).toString('base64')] as const,
  )
  await target.dispatchEvent('dragover', { dataTransfer })
  await target.dispatchEvent('drop', { dataTransfer })
}

test('a GGUF file dropped in is kept, loads and answers, also after a reload', async ({ app }) => {
  const page = await app.open()
  await drop(page, 'my own model.gguf', await readFile(starter))
  await expect
    .poll(() =>
      page.evaluate(async () => {
        const { models, default: chosen } = await globalThis.hearth.models.list()
        const model = models.find(({ source }) => source.kind === 'gguf-file')
        return model?.id === chosen && model.state.kind === 'ready'
      }),
    )
    .toBe(true)
  await page.evaluate(async () => {
    await globalThis.hearth.agents.create({ name: 'Tester', tools: ['calculate'] })
  })

  await page.reload()
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Talk' }).click()
  await say(page, 'What is 12 * 34?')

  await expect(conversation(page)).toContainText('12 * 34 = 408')
})

test('a truncated file is refused with the reason, and is not kept', async ({ app }) => {
  const page = await app.open()
  const whole = await readFile(starter)
  await drop(page, 'half.gguf', whole.subarray(0, whole.length >> 1))
  await expect(page.getByRole('alert')).toContainText(/“half” cannot be used: it is cut short.*Nothing of it was run/)
  const names = await page.evaluate(async () => (await globalThis.hearth.models.list()).models.map(({ name }) => name))
  expect(names.join()).not.toContain('half')
})

test('a file that announces more than it has is refused at once', async ({ app }) => {
  const page = await app.open()
  const hostile = ggufFile({
    metadata: [
      ['general.architecture', 'text', 'llama'],
      ['tokenizer.ggml.tokens', 'text-list', 2n ** 60n],
    ],
    tensors: [],
    tensorCount: 2n ** 61n,
  })
  await drop(page, 'hostile.gguf', hostile)
  await expect(page.getByRole('alert')).toContainText('cannot be used')
})

test('a file that is no model at all is refused by name', async ({ app }) => {
  const page = await app.open()
  await drop(page, 'holiday.gguf', new TextEncoder().encode('dear diary, '.repeat(1000)))
  await expect(page.getByRole('alert')).toContainText('it is not a GGUF file')
})
