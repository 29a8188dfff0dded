/**
 * What every end-to-end test starts from: the built app, served to this test alone on a port of its own, so that each
 * begins as a first visit and may take its server away. Nothing here is simulated but the person.
 */
import { test as base, expect, type Locator, type Page } from '@playwright/test'
import { serve } from '../../.config/serve.mjs'
import type { Hearth } from '../../sdk/index.ts'

declare global {
  /** The panel's own connected client. */
  var hearth: Hearth
}

export interface App {
  readonly url: string
  /** Opens one more tab of the app and waits until its client is connected. */
  open(): Promise<Page>
  /** Ends the server; what the browser kept is all there is. */
  stop(): Promise<void>
  /** Kills the kernel at whatever instruction it is: the SharedWorker ends without a word. */
  killKernel(): Promise<void>
}

interface Fixtures {
  app: App
}

export const test = base.extend<Fixtures>({
  app: async ({ context, browser }, use) => {
    const server = await serve({ port: 0 })
    await use({
      url: server.url,
      open: async () => {
        const page = await context.newPage()
        await page.goto(server.url)
        await connected(page)
        return page
      },
      stop: () => server.close(),
      killKernel: async () => {
        const devtools = await browser.newBrowserCDPSession()
        const { targetInfos } = await devtools.send('Target.getTargets')
        const kernel = targetInfos.find(
          ({ type, url }) => type === 'shared_worker' && url.startsWith(server.url) && !url.includes('gpu-engine'),
        )
        if (kernel === undefined) throw new Error('no kernel runs')
        await devtools.send('Target.closeTarget', { targetId: kernel.targetId })
        await devtools.detach()
      },
    })
    await server.close()
  },
})

export { expect }

/** Waits until the panel's client has reached the kernel. */
export async function connected(page: Page): Promise<void> {
  await page.waitForFunction(() => 'hearth' in globalThis && globalThis.hearth.state === 'connected')
}

export function conversation(page: Page): Locator {
  return page.getByRole('log', { name: 'Conversation' })
}

/** The first click of a first visit: loads the bundled model. */
export async function start(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start now' }).click()
  await expect(page.getByRole('textbox', { name: 'Message' })).toBeEditable()
  // Not waitForFunction: that takes the promise of an async function for a yes.
  await expect
    .poll(() =>
      page.evaluate(async () => {
        const { models } = await globalThis.hearth.models.list()
        return models.some(({ state }) => state.kind === 'ready')
      }),
    )
    .toBe(true)
}

export async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text)
  await page.getByRole('button', { name: 'Send' }).click()
}

/** The newest run, of whichever tab. */
export async function newestRun(page: Page): Promise<{ id: string; agent: string }> {
  return page.evaluate(async () => {
    const [run] = await globalThis.hearth.runs.list({ limit: 1 })
    if (run === undefined) throw new Error('nothing runs')
    return { id: run.id, agent: run.agent }
  })
}

/** Resolves once the newest run has written `units` of text, seen from `page`; its answer is then still being written. */
export async function written(page: Page, units: number): Promise<string> {
  return page.evaluate(async (wanted) => {
    let run
    while (run === undefined) [run] = await globalThis.hearth.runs.list({ active: true, limit: 1 })
    let length = 0
    for await (const event of globalThis.hearth.runs.watch(run.id)) {
      if (event.type === 'text') length = event.offset + event.text.length
      if (length >= wanted) return run.id
      if (event.type === 'done') break
    }
    throw new Error(`the answer was over after ${length} characters`)
  }, units)
}

/**
 * Presses a button of `page`, found by its whole name, as soon as the newest run has written `units` of text and the button is there.
 * All in the page: its answer could be over before a test in another process has heard of the text and answered with a click.
 */
export async function pressOnceWritten(page: Page, units: number, name: string): Promise<string> {
  return page.evaluate(
    async ([wanted, title]) => {
      let run
      while (run === undefined) [run] = await globalThis.hearth.runs.list({ active: true, limit: 1 })
      let length = 0
      for await (const event of globalThis.hearth.runs.watch(run.id)) {
        if (event.type === 'text') length = event.offset + event.text.length
        if (length >= wanted) break
        if (event.type === 'done') throw new Error(`the answer was over after ${length} characters`)
      }
      for (;;) {
        const buttons = [...document.querySelectorAll('button')]
        const button = buttons.find((one) => (one.ariaLabel ?? one.textContent).trim() === title)
        if (button) {
          button.click()
          return run.id
        }
        await new Promise((resolve) => setTimeout(resolve))
      }
    },
    [units, name] as const,
  )
}

/** Waits for a run's end, seen from `page`, and gives its state and its last answer's text. */
export async function ended(page: Page, run: string): Promise<{ state: string; text: string; paused: number }> {
  return page.evaluate(async (id) => {
    const stream = globalThis.hearth.runs.watch(id)
    let paused = 0
    for await (const event of stream) if (event.type === 'paused') paused += 1
    const { state } = await stream.result
    return { state, text: await stream.text(), paused }
  }, run)
}

/**
 * Limits the agent's answers to 700 tokens, which the window holds and which last long enough to be disturbed, and returns
 * how one to `text` begins when nobody disturbs it, the first 250 tokens: a twin with the same settings is asked, then deleted.
 */
export async function undisturbed(page: Page, text: string): Promise<string> {
  return page.evaluate(async (words) => {
    const [agent] = await globalThis.hearth.agents.list()
    if (agent === undefined) throw new Error('there is no agent')
    await agent.update({ sampling: { ...agent.settings.sampling, maxTokens: 700 } })
    const { name, instructions, tools, model, limits } = agent.settings
    const sampling = { ...agent.settings.sampling, maxTokens: 250 }
    const twin = await globalThis.hearth.agents.create({ name, instructions, tools, model, sampling, limits })
    try {
      return await twin.run(words).text()
    } finally {
      await twin.delete()
    }
  }, text)
}
