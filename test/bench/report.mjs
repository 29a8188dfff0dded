/** The table every benchmark prints: ours beside the alternative of the same run, with the goal. Exit code 1 when one is missed. */
import { cpus } from 'node:os'

/** @param {number[]} samples */
export function median(samples) {
  return percentile(samples, 0.5)
}

/**
 * Between two samples it is interpolated.
 * @param {number[]} samples
 * @param {number} share from 0 to 1
 */
export function percentile(samples, share) {
  const sorted = samples.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)]
  return below + (sorted[Math.ceil(place)] - below) * (place % 1)
}

/**
 * The median of times that a clock gave in whole steps only, as each step holds times that are spread evenly over it: the
 * grouped median of statistics. The plain one could be nothing but a multiple of the step.
 * @param {number[]} samples
 * @param {number} step of the clock, in the samples' unit
 */
export function coarseMedian(samples, step) {
  const middle = samples.toSorted((a, b) => a - b)[Math.floor((samples.length - 1) / 2)]
  const below = samples.filter((sample) => sample < middle - step / 2).length
  const within = samples.filter((sample) => Math.abs(sample - middle) <= step / 2).length
  return middle - step / 2 + (step * (samples.length / 2 - below)) / within
}

/** @param {number} value */
export function figure(value) {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

export class Report {
  /** @type {{ what: string, ours: string, alternative: string, ratio: string, goal: string, ok: boolean | null }[]} */
  #rows = []

  /**
   * `ratio` is ours / other unless given. Text stands as it is.
   * @param {{ what: string, ours: number | string, other?: number | string, unit?: string, than?: string, goal?: string, ok?: boolean, ratio?: string }} row
   */
  add({ what, ours, other, unit = '', than, goal, ok, ratio }) {
    const cell = (/** @type {number | string} */ value) =>
      typeof value === 'string' ? value : `${figure(value)} ${unit}`.trim()
    const both = typeof ours === 'number' && typeof other === 'number'
    this.#rows.push({
      what,
      ours: cell(ours),
      alternative: other === undefined ? '' : `${cell(other)}${than ? ` (${than})` : ''}`,
      ratio: ratio ?? (both ? (ours / other).toFixed(2) : ''),
      goal: goal ?? '',
      ok: ok ?? null,
    })
  }

  get missed() {
    return this.#rows.some(({ ok }) => ok === false)
  }

  /** @param {number} rounds */
  print(rounds) {
    const verdict = (/** @type {boolean | null} */ ok) => (ok === null ? '' : ok ? 'ok' : 'miss')
    const rows = [
      ['what', 'Hearth', 'alternative', 'ratio', 'goal', ''],
      ...this.#rows.map(({ what, ours, alternative, ratio, goal, ok }) => [
        ...[what, ours, alternative, ratio, goal],
        verdict(ok),
      ]),
    ]
    const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
    const line = (/** @type {string[]} */ row) =>
      `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`
    console.log(`\n${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, ${rounds} rounds\n`)
    const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
    console.log([line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n'))
  }
}
