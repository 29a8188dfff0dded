/** A page's functions go with its kernel connection and come back a moment after a restart or a reload; runs wait for that moment. */
import { expect, it } from 'vitest'
import { HearthError } from '../../../kernel/abi/index.ts'
import { TOOL_ATTEMPTS } from '../../../kernel/core/tools/param.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createCountingRandom } from '../../../kernel/drivers/memory/random.ts'
import { asks, createDyingDatabase, historyOf, idle, live, roundOf, settings } from './harness.ts'

it("a run that goes on after a restart shows the model, and calls, its page's function once it is back", async () => {
  let recovered = 0
  for (let at = 0; at < 8; at += 1) {
    const database = createMemoryDatabase()
    const random = createCountingRandom()
    const script = (request: Parameters<typeof roundOf>[0]) =>
      roundOf(request) === 0 ? ['Let ', 'me ', asks('order', { n: 1 })] : ['Done.']
    const dying = createDyingDatabase(database, 1_000, true)
    const first = await live({ database: dying, random, script })
    first.offer('order', () => 'ordered', { idempotent: true })
    const agent = await first.call('agent.create', settings())
    dying.dieIn(at)
    void first.call('agent.run', { agent: agent.id, text: 'Go' })
    await Promise.race([dying.dead, idle()])
    const next = await live({ database, random, script })
    const [run] = (await next.call('run.list', { active: true, limit: 1 })).runs
    if (!run) continue
    recovered += 1
    await next.agents.recover()
    await idle()
    expect(next.engine.requests.length, `death at ${at}`).toBe(0)
    next.offer('order', () => 'ordered', { idempotent: true })
    expect((await next.call('run.watch', { run: run.id, after: -1 })).state).toBe('done')
    for (const { tools } of next.engine.requests) expect(tools.map(({ name }) => name)).toContain('order')
    expect((await historyOf(next, agent.id)).flatMap(({ outcome }) => outcome?.value ?? [])).toEqual(['ordered'])
  }
  expect(recovered).toBeGreaterThan(3)
})

/** A run whose page goes away in the middle of each of its calls; returns what became of the call, and how often it was made. */
async function reloaded(idempotent: boolean, returns: number): Promise<{ ok: boolean | undefined; calls: number }> {
  const script = (request: Parameters<typeof roundOf>[0]) =>
    roundOf(request) === 0 ? [asks('order', { n: 1 })] : ['Done.']
  await using here = await live({ script })
  let calls = 0
  const open = (): void => {
    const page = new AbortController()
    const order = (): unknown => {
      calls += 1
      if (calls > returns) return 'ordered'
      page.abort(new HearthError('cancelled', 'closed', { by: 'tab' }))
      open()
      return new Promise(() => {})
    }
    here.offer('order', order, { idempotent, signal: page.signal })
  }
  open()
  const agent = await here.call('agent.create', settings())
  expect((await here.call('agent.run', { agent: agent.id, text: 'Go' })).state).toBe('done')
  const [outcome] = (await historyOf(here, agent.id)).flatMap((turn) => turn.outcome ?? [])
  return { ok: outcome?.ok, calls }
}

it('a call whose page is reloaded in the middle is made again if that does no harm, but not for ever', async () => {
  expect(await reloaded(true, TOOL_ATTEMPTS - 1)).toEqual({ ok: true, calls: TOOL_ATTEMPTS })
  expect(await reloaded(true, TOOL_ATTEMPTS)).toEqual({ ok: false, calls: TOOL_ATTEMPTS })
  expect(await reloaded(false, 1)).toEqual({ ok: false, calls: 1 })
})
