/** What the benchmark's page can do; run.mjs opens one for each subject and size, so that none is measured in another's memory. */
import { measureBandwidth } from './bandwidth.ts'
import { describeData, measure } from './measure.ts'

const vectors = { measure, measureBandwidth, describeData }

declare global {
  var vectorBench: typeof vectors
}
globalThis.vectorBench = vectors
