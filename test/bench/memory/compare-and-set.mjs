/** Two tabs that each add 1,000 times to the same number: how much is lost, on the whiteboard and on plain IndexedDB. */
import { withBrowser } from '../browser.mjs'

const WRITES = 1_000

/**
 * @param {import('../report.mjs').Report} report
 * @param {string} url of the built pages
 */
export async function addCompareAndSet(report, url) {
  await withBrowser(async (context) => {
    const tabs = await Promise.all([tab(context, url), tab(context, url)])
    const both = (/** @type {'hearth' | 'plain'} */ way) =>
      Promise.all(
        tabs.map((page) => page.evaluate(([way, count]) => globalThis.compareAndSet[way](count), [way, WRITES])),
      )
    const ours = await both('hearth')
    const plain = await both('plain')
    const total = await tabs[0].evaluate(() => globalThis.compareAndSet.hearthTotal())
    const plainTotal = await tabs[0].evaluate(() => globalThis.compareAndSet.plainTotal())
    const all = WRITES * tabs.length
    const each = (/** @type {{ ms: number }[]} */ runs) => Math.max(...runs.map(({ ms }) => ms)) / all
    report.add({
      what: `Updates lost, two tabs of ${WRITES.toLocaleString('en')} each on one entry`,
      ours: String(all - total),
      other: `${all - plainTotal} (plain IndexedDB, read then write)`,
      goal: '0',
      ok: total === all,
    })
    report.add({
      what: 'The same, for each update',
      ours: each(ours),
      other: each(plain),
      unit: 'ms',
      than: 'plain IndexedDB',
    })
    const again = ours.reduce((sum, run) => sum + run.again, 0)
    report.add({
      what: 'Of those, read again because the other was first',
      ours: `${((100 * again) / all).toFixed(0)} %`,
    })
  })
}

/** @param {import('playwright-core').BrowserContext} context @param {string} url */
async function tab(context, url) {
  const page = await context.newPage()
  await page.goto(`${url}compare-and-set.html`)
  await page.waitForFunction(() => 'compareAndSet' in globalThis)
  return page
}
