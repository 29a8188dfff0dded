import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from '@playwright/test'
import { startLlamaServer } from '../fixtures/llama-server.ts'
import { serious } from './axe.ts'
import { expect, test } from './app.ts'

interface Gate extends AsyncDisposable {
  readonly url: string
  /** Lets everything through from now on, also what waits. */
  open(): void
}

/** Stands before a real server and holds what is asked of it after the first batch of texts, so that a change stays half done. */
async function startGate(origin: string): Promise<Gate> {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  let batches = 0
  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts)
    const { input } = body.length > 0 ? (JSON.parse(body.toString()) as { input?: unknown }) : {}
    if (Array.isArray(input) && input.length > 1 && ++batches > 1) await opened
    const headers = { 'Content-Type': 'application/json' }
    const { method = 'GET', url = '/' } = request
    const answer = await fetch(origin + url, { method, headers, ...(body.length > 0 && { body }) })
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    response.end(Buffer.from(await answer.arrayBuffer()))
  }
  const server = createServer((request, response) => {
    forward(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    open,
    async [Symbol.asyncDispose]() {
      open()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function choose(page: Page, url: string, model: string): Promise<void> {
  await page.getByRole('button', { name: 'Use a server…' }).click()
  const form = page.getByRole('form', { name: 'A server' })
  await form.getByRole('textbox', { name: 'Address' }).fill(url)
  await form.getByRole('textbox', { name: 'Model' }).fill(model)
  await form.getByRole('button', { name: 'Use it' }).click()
}

test('another embedder is chosen, left again, and chosen: its progress shows, survives a reload, and ends in its use', async ({
  app,
}) => {
  await using server = await startLlamaServer()
  const origin = new URL(server.baseUrl).origin
  await using first = await startGate(origin)
  await using second = await startGate(origin)
  const page = await app.open()
  // What is half faded in has less contrast than it will have.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.evaluate(async () => {
    for (let day = 1; day <= 40; day++) await globalThis.hearth.call('memory.add', { text: `Bill ${day} was paid.` })
  })
  await page.goto(`${app.url}#/memory/upkeep`)
  const inUse = page.getByRole('listitem').filter({ hasText: 'in use' })
  const progress = page.getByRole('progressbar', { name: 'Memories embedded by it' })

  await choose(page, first.url, server.model)
  await expect(progress).toHaveAttribute('aria-valuenow', '32')
  await expect(page.getByText('32 of 40 memories')).toBeVisible()
  expect(await serious(page)).toEqual([])
  await page.getByRole('button', { name: 'Stay with Built-in' }).click()
  await expect(progress).toHaveCount(0)
  await expect(inUse).toContainText('Built-in')

  await choose(page, second.url, server.model)
  await expect(progress).toHaveAttribute('aria-valuenow', '32')
  await page.reload()
  await expect(progress).toHaveAttribute('aria-valuenow', '32')
  second.open()
  await expect(inUse).toContainText(new URL(second.url).host)
  await expect(progress).toHaveCount(0)
})
