/** A panel with work to watch: several agents that write for a while, on the real model. */
import type { Page } from '@playwright/test'
import { expect } from './app.ts'

export interface Busy {
  /** Ids of the agents, in the order of their names. */
  readonly agents: readonly string[]
}

/** Makes an agent for each name, in background, and asks each to count far, which takes seconds. */
export async function busy(page: Page, names: readonly string[]): Promise<Busy> {
  const agents = await page.evaluate(async (all) => {
    const made = []
    for (const name of all) {
      const agent = await globalThis.hearth.agents.create({
        ...{ name, instructions: 'You are a private assistant.', class: 'background' },
        sampling: { temperature: 0, maxTokens: 700 },
      })
      agent.run('Count from 1 to 45.').result.catch(() => undefined)
      made.push(agent.id)
    }
    return made
  }, names)
  return { agents }
}

export async function enterActivity(page: Page): Promise<void> {
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Agents' }).click()
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Activity' }).click()
  await expect(page.getByRole('heading', { name: 'Activity' })).toBeVisible()
}

/** Stops everything, so that the next step begins on an idle model. */
export async function quiet(page: Page): Promise<void> {
  await page.evaluate(() => globalThis.hearth.kernel.stop())
}
