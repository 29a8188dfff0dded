/** The same in Node, in a process for each: `node node.js measure Hearth 10000` prints one line of JSON. */
import { measureBandwidth } from './bandwidth.ts'
import { describeData, measure } from './measure.ts'

const [what, first = '', second = ''] = process.argv.slice(2)
try {
  const result =
    what === 'measure'
      ? await measure(first, Number(second))
      : what === 'describe'
        ? describeData(Number(first))
        : await measureBandwidth(Number(first))
  process.stdout.write(`\n${JSON.stringify({ result })}\n`)
} catch (error) {
  process.stdout.write(`\n${JSON.stringify({ error: error instanceof Error ? error.message : String(error) })}\n`)
}
process.exit(0)
