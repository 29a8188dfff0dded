/** The simulator's part of `npm run bench:scheduler`: rows for its table. Times are virtual but where a row says that they are real. */
import { STARTER } from './simulation.ts'
import { arrival, backlog, bytesEach, jain, rereading, scale, twoModels, type Scale } from './scenarios.ts'

/** What `Report.add` takes. */
export interface Row {
  what: string
  ours: number | string
  other?: number | string
  unit?: string
  than?: string
  goal?: string
  ok?: boolean
  ratio?: string
}

const POLICIES = ['fair', 'fifo', 'round-robin'] as const
const SIZES = [250, 500, 1_000, 2_000, 10_000] as const

/** @param measure bytes of the heap after a collection; null where that cannot be had */
export function runSimulator(measure: () => number | null = () => null): Row[] {
  return [...fairness(), ...arrivals(), ...costs(), ...sizes(measure)]
}

function fairness(): Row[] {
  const equal = new Array<number>(10).fill(1)
  const [fair, fifo, robin] = POLICIES.map((policy) => jain(backlog(policy, equal)))
  const [heavy = 0, light = 0] = backlog('fair', [3, 1], { ...STARTER, slots: 1 })
  const [heavyFifo = 0, lightFifo = 0] = backlog('fifo', [3, 1], { ...STARTER, slots: 1 })
  const share = heavy / light
  return [
    {
      ...{
        what: "Simulated: Jain's index, 10 equal agents of unequal appetite",
        ours: round(fair),
        other: round(fifo),
      },
      ...{ than: 'fifo', goal: '≥ 0.98', ok: (fair ?? 0) >= 0.98 },
    },
    { what: "Simulated: Jain's index, round-robin", ours: round(robin) },
    {
      ...{ what: 'Simulated: shares of weights 3 and 1', ours: round(share), other: round(heavyFifo / lightFifo) },
      ...{ than: 'fifo', goal: '3 within 5 %', ok: Math.abs(share / 3 - 1) <= 0.05 },
    },
  ]
}

function arrivals(): Row[] {
  const idle = median(arrival('fair', 0, true))
  const order = median(arrival('fifo', 20, false))
  return POLICIES.map((policy) => {
    const ours = median(arrival(policy, 20, true))
    return {
      ...{ what: `Simulated: interactive under 20, first token, ${policy}`, ours, other: order, unit: 'ms' },
      than: `arrival order; idle ${idle.toFixed(0)} ms`,
      ...{ goal: '≤ 0.1, ≤ 1.5 × idle', ok: ours <= order / 10 && ours <= idle * 1.5 },
    }
  })
}

function costs(): Row[] {
  const cold = { ...STARTER, slots: 1 }
  const fair = twoModels('fair')
  const fifo = twoModels('fifo')
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
  return [
    {
      ...{ what: 'Simulated: time re-reading, 12 × 1,500 tokens, no KV kept', ours: percent(rereading(cold, true)) },
      ...{ other: percent(rereading(cold, false)), than: 'cost not weighed' },
    },
    {
      ...{ what: 'Simulated: two models, time loading', ours: percent(fair.loading), other: percent(fifo.loading) },
      than: `fifo, Jain ${fifo.jain.toFixed(2)}; fair ${fair.jain.toFixed(2)}`,
    },
  ]
}

function sizes(measure: () => number | null): Row[] {
  // Once without counting, so that the first size does not pay for compiling.
  scale('fair', 500)
  const all = SIZES.map((agents) => POLICIES.map((policy) => scale(policy, agents)))
  const rows: Row[] = all.flatMap(([fair, fifo, robin]) => {
    if (!fair || !fifo || !robin) return []
    const each = ({ decisionUs }: Scale): string => `${decisionUs.toFixed(1)} µs`
    return {
      ...{ what: `Simulated: a decision among ${fair.agents} agents (real)`, ours: each(fair), other: each(fifo) },
      than: `fifo; round-robin ${each(robin)}; in all ${fair.totalMs.toFixed(0)} ms, ${fair.decisions} decisions`,
    }
  })
  const perAgent = ({ totalMs, agents }: Scale): number => (totalMs * 1_000) / agents
  const least = all[0]?.[0]
  const most = all.at(-1)?.[0]
  if (least && most) {
    rows.push({
      ...{ what: 'Simulated: scheduling of one of 10,000 agents (real)', ours: perAgent(most), other: perAgent(least) },
      ...{ unit: 'µs', than: 'of 250', goal: '≤ 2, linear', ok: perAgent(most) <= 2 * perAgent(least) },
    })
  }
  const bytes = bytesEach(10_000, measure)
  if (bytes) {
    rows.push({
      ...{ what: 'Simulated: scheduler memory of an idle agent (real)', ours: bytes.idle, other: bytes.waiting },
      ...{ unit: 'bytes', than: 'a waiting one', goal: '≤ 20 KB', ok: bytes.idle <= 20_480 },
    })
  }
  return rows
}

function median(samples: readonly number[]): number {
  return samples.toSorted((one, other) => one - other)[samples.length >> 1] ?? NaN
}

const round = (value: number | undefined): string => (value ?? NaN).toFixed(3)
