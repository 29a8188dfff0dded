/**
 * `npm run bench:scheduler`: what the scheduler gives, against the same work sent to the engine by itself, in real Chromium
 * with the starter model. Builds first; needs a quiet machine; never part of `npm test`, because a time is not a test.
 * `npm run bench:scheduler fairness scale` runs some rows: interactive, throughput, resume, identical, fairness, dispatch,
 * scale, simulator.
 */
import { serve } from '../../../.config/serve.mjs'
import { must, root } from '../browser.mjs'
import { Report } from '../report.mjs'
import * as rows from './rows.mjs'

const rounds = Number(process.env['HEARTH_BENCH_ROUNDS'] ?? 7)
const report = new Report()
const known = Object.keys(rows)
const wanted = process.argv.length > 2 ? process.argv.slice(2) : known

const unknown = wanted.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`There is no row ${unknown.join(', ')}. There are: ${known.join(', ')}.`)
  process.exit(1)
}

must('npx vite build --config .config/bench.ts --logLevel warn')
const server = await serve({ directory: `${root}dist/bench`, port: 0 })
try {
  for (const name of wanted) {
    const started = performance.now()
    await rows[name]({ url: `${server.url}scheduler/`, rounds, report })
    console.log(`${name}: ${((performance.now() - started) / 1000).toFixed(0)} s`)
  }
} finally {
  await server.close()
  // Also after a row that failed: what was measured before took its time.
  report.print(rounds)
}
process.exitCode = report.missed ? 1 : 0
