/**
 * Chaos: what a run of several agents comes to when its kernel, tabs, workers or device are ended at points drawn from a
 * seed must be what it comes to when nobody disturbs it. The name of a test says what was done. To repeat one alone:
 *
 *   HEARTH_CHAOS=llamacpp:17 npx vitest run --config .config/vitest.ts --project browser test/browser/chaos
 */
import { afterAll, describe, expect, inject, onTestFailed, test } from 'vitest'
import { carryOut } from './carry-out.ts'
import { asConversation } from './conversation.ts'
import type { ChaosEngine } from './messages.ts'
import { describePlan, planOf } from './plan.ts'
import { World } from './world.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Such as `llamacpp:17`: this engine and this seed only; null for all. */
    chaos: string | null
  }
}

/** Chaos runs on each engine: as many on the real one as the time of continuous integration allows, 200 in all. */
const SEEDS: Readonly<Record<ChaosEngine, number>> = { llamacpp: 40, scripted: 160 }

/** Milliseconds until a run counts as hanging; a quiet machine needs about one second. */
const TIMEOUT_MS = 60_000

let world: World | undefined

afterAll(() => discard())

async function discard(): Promise<void> {
  const before = world
  world = undefined
  await before?.[Symbol.asyncDispose]()
}

async function worldOf(engine: ChaosEngine): Promise<World> {
  if (world?.engine !== engine) await discard()
  world ??= await World.open(engine)
  return world
}

function seedsOf(engine: ChaosEngine): number[] {
  const [only, seed] = inject('chaos')?.split(':') ?? []
  if (only !== undefined) return only === engine ? [Number(seed)] : []
  return Array.from({ length: SEEDS[engine] }, (_, index) => index + 1)
}

const TITLES = {
  llamacpp: 'with llama.cpp and the starter model',
  scripted: 'with a scripted engine, which is no model',
} as const

for (const engine of ['llamacpp', 'scripted'] as const) {
  const plans = seedsOf(engine).map((seed) => planOf(seed, engine))
  describe.skipIf(plans.length === 0)(TITLES[engine], { timeout: TIMEOUT_MS }, () => {
    for (const plan of plans) {
      test(`seed ${plan.seed}: ${describePlan(plan)}`, async () => {
        onTestFailed(async () => {
          console.error(`Repeat it with HEARTH_CHAOS=${engine}:${plan.seed}`)
          // What a failed run left behind must not fail the next.
          await discard()
        })
        const here = await worldOf(engine)
        const endings = await carryOut(here, plan)
        for (const { asked, agent, run } of endings) {
          expect({ state: run.state, error: run.error }, asked.question.text).toEqual({
            state: 'done',
            error: undefined,
          })
          const { turns } = await here.watcher.hearth.agents.get(agent.id).then((handle) => handle.history())
          expect(asConversation(turns)).toEqual(here.undisturbed.get(asked.question)?.conversation)
          expect(here.effects.of(agent.id)).toBe(here.undisturbed.get(asked.question)?.effects)
          expect(await here.watcher.hearth.runs.list({ agent: agent.id })).toHaveLength(1)
        }
        expect(here.settlements.doubled).toEqual([])
        expect(here.failure).toBeUndefined()
        await Promise.all(endings.map(({ agent }) => agent.delete()))
        await here.refresh()
      })
    }
  })
}
