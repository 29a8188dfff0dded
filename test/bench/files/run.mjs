/**
 * `npm run bench:files`: writing and reading agents' files of three sizes through the kernel, beside the same bytes on plain
 * OPFS in the page, and changes of a thousand files at once. The kernel also hashes, copies over a port, and commits a record;
 * the bare side does none of that. Builds first; needs a quiet machine. `--files=200` makes the folder smaller.
 */
import { serve } from '../../../.config/serve.mjs'
import { must, root, withBrowser } from '../browser.mjs'
import { median, Report } from '../report.mjs'

const SIZES = [
  ['1 KB', 1_000, 31],
  ['1 MB', 1_000_000, 11],
  ['100 MB', 100_000_000, 3],
]
const count = Number(process.argv.find((word) => word.startsWith('--files='))?.split('=')[1] ?? 1_000)
const report = new Report()

must('npx vite build --config .config/bench-files.ts --logLevel error')
const server = await serve({ directory: `${root}dist/bench-files`, port: 0 })
try {
  await withBrowser(async (context) => {
    const page = await context.newPage()
    await page.goto(server.url)
    await page.waitForFunction(() => 'filesBench' in globalThis)
    await page.evaluate(() => globalThis.filesBench.open())
    for (const [size, bytes, rounds] of SIZES) {
      const samples = await page.evaluate(([of, times]) => globalThis.filesBench.measure(of, times), [bytes, rounds])
      const add = (what, ours, plain) =>
        report.add({
          what: `${what} ${size}, p50`,
          ours: median(samples[ours]),
          other: median(samples[plain]),
          unit: 'ms',
          than: 'plain OPFS',
        })
      add('Write', 'write', 'plainWrite')
      add('Read', 'read', 'plainRead')
    }
    const { move, rollback, first, search, longest } = await page.evaluate(
      (many) => globalThis.filesBench.folder(many),
      count,
    )
    const of = `${count.toLocaleString('en')} files`
    report.add({ what: `Move a folder of ${of}`, ours: move, unit: 'ms' })
    report.add({ what: 'Take the space back to before', ours: rollback, unit: 'ms' })
    report.add({ what: 'First search of them, which indexes', ours: first, unit: 'ms' })
    report.add({ what: 'The next search', ours: search, unit: 'ms' })
    report.add({
      what: 'Longest another call took meanwhile',
      ours: longest,
      unit: 'ms',
      goal: '≤ 50 ms',
      ok: longest <= 50,
    })
  })
  report.print(SIZES[0][2])
  process.exitCode = report.missed ? 1 : 0
} finally {
  await server.close()
}
