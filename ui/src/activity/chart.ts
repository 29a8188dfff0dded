/** Paths of small charts from figures taken once a second. Pure; x and y from 0 to 100. */

export interface Series {
  readonly label: string
  readonly colour: string
  /** One value for each second, oldest first; null where there was nothing to measure. */
  readonly values: readonly (number | null)[]
  /** What the values are drawn on top of, for amounts that add up. */
  readonly on?: readonly number[]
  /** Filled down to the axis, for amounts; else a line with dots, for what is measured now and then. */
  readonly area: boolean
}

/** A round figure at or above the largest value, so that the axis keeps still while values move. */
export function ceiling(series: readonly Series[], least: number): number {
  const most = Math.max(
    least,
    ...series.flatMap(({ values, on }) => values.map((value, index) => (value ?? 0) + (on?.[index] ?? 0))),
  )
  const size = 10 ** Math.floor(Math.log10(most))
  const step = [1, 2, 5, 10].find((factor) => factor * size >= most) ?? 10
  return step * size
}

export function xOf(index: number, count: number): number {
  return count < 2 ? 100 : (index / (count - 1)) * 100
}

/** The values as they are drawn: on top of those they add to. */
export function drawn({ values, on }: Series): readonly (number | null)[] {
  return on ? values.map((value, index) => (value ?? 0) + (on[index] ?? 0)) : values
}

/** Steps, because an amount holds for its whole second. */
export function areaPath(values: readonly (number | null)[], top: number): string {
  const steps = values.map((value, index) => {
    const y = 100 - ((value ?? 0) / top) * 100
    const [left, right] = [xOf(index - 0.5, values.length), xOf(index + 0.5, values.length)]
    return `L${Math.max(0, left)} ${y}L${Math.min(100, right)} ${y}`
  })
  return values.length === 0 ? '' : `M0 100${steps.join('')}L100 100Z`
}

/** Seconds without a value are left out: the line joins what was measured. */
export function linePoints(values: readonly (number | null)[], top: number): { x: number; y: number }[] {
  return values.flatMap((value, index) =>
    value === null ? [] : [{ x: xOf(index, values.length), y: 100 - (value / top) * 100 }],
  )
}

/** The figures of the last `seconds`, filled up with nothing in front while there are fewer. */
export function lastSeconds<T>(samples: readonly T[], seconds: number, empty: T): T[] {
  const known = samples.slice(-seconds)
  return [...Array.from({ length: seconds - known.length }, () => empty), ...known]
}
