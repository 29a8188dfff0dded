/** `node test/bench/scheduler/simulator/main.mjs`: the simulator's table by itself. */
import { Report } from '../../report.mjs'
import { simulate } from './load.mjs'

const report = new Report()
for (const row of await simulate()) report.add(row)
report.print(1)
process.exitCode = report.missed ? 1 : 0
