import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { serious } from './axe.ts'
import { connected, expect, test } from './app.ts'

/** What a person would miss: read as pages do. */
async function everything(page: Page): Promise<unknown> {
  return page.evaluate(async () => {
    const { hearth } = globalThis
    const agents = await hearth.agents.list()
    const { memories } = await hearth.call('memory.list', { validAt: 'any' })
    const { entries } = await hearth.call('shared.list', {})
    const files = await Promise.all(
      agents.map(async ({ id }) => {
        const { files: found } = await hearth.call('files.list', { space: id, recursive: true })
        const read = found.map(({ path }) => hearth.call('files.read', { space: id, path, as: 'text' }))
        const histories = found.map(({ path }) => hearth.call('files.history', { space: id, path }))
        return { found, read: await Promise.all(read), histories: await Promise.all(histories) }
      }),
    )
    return { agents, memories, entries, files }
  })
}

test('everything is exported, erased, and imported again as it was; other tabs are told', async ({ app }) => {
  const page = await app.open()
  // What is half faded in has less contrast than it will have.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const other = await app.open()
  await page.evaluate(async () => {
    const { hearth } = globalThis
    const { id } = await hearth.agents.create({ name: 'Buddy', budget: { tokens: 900, perDay: true } })
    const { id: memory } = await hearth.call('memory.add', { text: 'Ann likes tea.' })
    await hearth.call('memory.update', { id: memory, text: 'Ann likes green tea.' })
    await hearth.call('shared.set', { namespace: 'team', key: 'db/main', value: { valid: true } })
    await hearth.call('files.write', { space: id, path: 'notes/plan.md', contents: 'Apples.' })
    await hearth.call('files.write', { space: id, path: 'notes/plan.md', contents: 'Pears.' })
    await hearth.models.add({ openai: 'http://127.0.0.1:9/v1', model: 'big', key: 'sk-secret' })
  })
  const before = await everything(page)
  await page.goto(`${app.url}#/settings`)
  await expect(page.getByRole('list', { name: 'Storage by kind' })).toContainText('Files')
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export', exact: true }).click()
  const path = await (await downloading).path()
  const written = await readFile(path, 'utf8')
  expect(written).toContain('Ann likes green tea.')
  expect(written).not.toContain('sk-secret')

  await page.getByRole('button', { name: 'Erase…' }).click()
  const erase = page.getByRole('button', { name: 'Erase everything' })
  await expect(erase).toBeDisabled()
  await page.getByRole('textbox', { name: /Type/ }).fill('erase everything')
  expect(await serious(page)).toEqual([])
  const epoch = await page.evaluate(() => globalThis.hearth.epoch)
  const reloaded = other.waitForEvent('load')
  await erase.click()
  await expect(page.getByRole('button', { name: 'Start now' })).toBeVisible()
  await reloaded
  await connected(other)
  await expect(other.getByRole('button', { name: 'Start now' })).toBeVisible()
  expect(await page.evaluate(() => globalThis.hearth.epoch)).toBeGreaterThan(epoch)
  expect(await everything(page)).toEqual({ agents: [], memories: [], entries: [], files: [] })
  expect(
    await page.evaluate(async () => {
      const names: string[] = []
      const folders: FileSystemDirectoryHandle[] = [await navigator.storage.getDirectory()]
      for (let folder = folders.pop(); folder; folder = folders.pop())
        for await (const handle of folder.values())
          if (handle.kind === 'directory') folders.push(handle)
          else names.push(handle.name)
      return names
    }),
  ).toEqual([])

  await page.goto(`${app.url}#/settings`)
  await page.getByLabel('A file that Hearth exported').setInputFiles(path)
  const preview = page.getByRole('dialog')
  await expect(preview.getByRole('list', { name: 'In this file' })).toContainText('1 agent')
  await expect(preview).toContainText('127.0.0.1:9')
  expect(await serious(page)).toEqual([])
  await preview.getByRole('button', { name: 'Import', exact: true }).click()
  await expect(page.getByText(/Imported. Added: 1 agent/)).toBeVisible()
  await connected(page)
  await expect.poll(() => everything(page)).toEqual(before)
})

test('a file that is damaged or no archive says so, and nothing is changed', async ({ app }) => {
  const page = await app.open()
  // What is half faded in has less contrast than it will have.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto(`${app.url}#/settings`)
  const picker = page.getByLabel('A file that Hearth exported')
  await picker.setInputFiles({ name: 'photo.hearth', mimeType: 'image/png', buffer: Buffer.from([0x89, 0x50, 10]) })
  await expect(page.getByRole('alert')).toContainText('was not made by Hearth')
  const whole = await page.evaluate(async () => (await globalThis.hearth.archive.export()).file.text())
  await picker.setInputFiles({ name: 'cut.hearth', mimeType: '', buffer: Buffer.from(whole.slice(0, -20)) })
  await expect(page.getByRole('alert')).toContainText('cut short')
  expect(await page.evaluate(async () => (await globalThis.hearth.agents.list()).length)).toBe(0)
})
