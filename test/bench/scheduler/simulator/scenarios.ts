/** What is asked of the scheduler in each part of the simulation, and what is measured of it. */
import type { SchedulingPolicy } from '../../../../kernel/abi/index.ts'
import { PROMPT_TOKEN_SHARE } from '../../../../kernel/core/param.ts'
import { seeded } from '../../../fixtures/seeded.ts'
import { Simulation, STARTER, type SimulatedEngine } from './simulation.ts'

/** (Σx)² / (n·Σx²), from 1/n to 1 (Jain, Chiu and Hawe, "A Quantitative Measure of Fairness", 1984). */
export function jain(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0)
  const squares = shares.reduce((total, share) => total + share * share, 0)
  return squares === 0 ? 1 : (sum * sum) / (shares.length * squares)
}

/** Agents that always have work, asking anew after every answer, for a quarter of an hour; what each was served. */
export function backlog(policy: SchedulingPolicy, weights: readonly number[], engine = STARTER): number[] {
  const simulation = new Simulation(policy, engine)
  const random = seeded(2)
  const indexes = new Map(weights.map((_, index) => [`agent ${index}`, index]))
  const ask = (flow: string): void => {
    const index = indexes.get(flow) ?? 0
    // The first asks little and often, the last much at once: arrival order gives the last the most.
    const size = (index + 1) / weights.length
    const promptTokens = Math.ceil(random() * 300 * size)
    simulation.ask({
      flow,
      promptTokens,
      tokens: Math.ceil((0.5 + random()) * 300 * size),
      weight: weights[index] ?? 1,
    })
  }
  simulation.onDone = ask
  // More than its slots each, so that all of them really wait all the time.
  for (const flow of indexes.keys()) for (let count = 0; count <= engine.slots; count += 1) ask(flow)
  simulation.run(900_000)
  return [...indexes.keys()].map((flow) => {
    return (simulation.written.get(flow) ?? 0) + (simulation.read.get(flow) ?? 0) * PROMPT_TOKEN_SHARE
  })
}

/** Milliseconds to the first token of a request that comes while `others` long ones wait or run; for several moments. */
export function arrival(policy: SchedulingPolicy, others: number, classes: boolean): number[] {
  return Array.from({ length: 21 }, (_, moment) => {
    const simulation = new Simulation(policy)
    for (let other = 0; other < others; other += 1) {
      const flow = `background ${other}`
      simulation.ask({ flow, promptTokens: 150, tokens: 400, class: classes ? 'background' : 'normal' })
    }
    simulation.run(500 + moment * 137)
    simulation.ask({ flow: 'person', promptTokens: 100, tokens: 40, class: classes ? 'interactive' : 'normal' })
    simulation.run()
    return simulation.done.find(({ flow }) => flow === 'person')?.firstTokenMs ?? Infinity
  })
}

/** Share of the time that goes into reading again what preempted answers go on from. */
export function rereading(engine: SimulatedEngine, calibrates: boolean): number {
  const simulation = new Simulation('fair', engine, calibrates)
  for (let agent = 0; agent < 12; agent += 1)
    simulation.ask({ flow: `agent ${agent}`, promptTokens: 1_500, tokens: 600 })
  simulation.run()
  return simulation.rereadMs / simulation.now
}

/** Two models in one engine, each with agents that always have work, for a quarter of an hour: how often it changed, and to what use. */
export function twoModels(policy: SchedulingPolicy): { changes: number; loading: number; jain: number } {
  const simulation = new Simulation(policy, { ...STARTER, loadMs: 3_000 })
  simulation.onDone = (flow) =>
    simulation.ask({ flow, promptTokens: 50, tokens: 80, model: flow.split(' ')[0] ?? null })
  for (let agent = 0; agent < 8; agent += 1) simulation.onDone(`${agent % 2 === 0 ? 'one' : 'two'} ${agent}`)
  simulation.run(900_000)
  const served = Array.from({ length: 8 }, (_, agent) => {
    return simulation.written.get(`${agent % 2 === 0 ? 'one' : 'two'} ${agent}`) ?? 0
  })
  const { changes, now } = simulation
  return { changes, loading: (changes * 3_000) / now, jain: jain(served) }
}

export interface Scale {
  readonly agents: number
  /** Real milliseconds in the scheduler, in all. */
  readonly totalMs: number
  /** Real microseconds of one decision, with the events before it. */
  readonly decisionUs: number
  readonly decisions: number
  readonly preemptions: number
}

/** So many agents ask at once, each twice, in all classes. */
export function scale(policy: SchedulingPolicy, agents: number): Scale {
  const simulation = new Simulation(policy)
  const asked = new Map<string, number>()
  const ask = (flow: string): void => {
    const count = asked.get(flow) ?? 0
    asked.set(flow, count + 1)
    const agent = Number(flow)
    const servedIn = agent % 10 === 0 ? 'interactive' : agent % 3 === 0 ? 'background' : 'normal'
    if (count < 2) simulation.ask({ flow, promptTokens: 20, tokens: 24, class: servedIn, weight: 1 + (agent % 3) })
  }
  simulation.onDone = ask
  for (let agent = 0; agent < agents; agent += 1) ask(`${agent}`)
  simulation.run()
  const { schedulerMs: totalMs, decisions, preemptions } = simulation
  return { agents, totalMs, decisionUs: (totalMs * 1_000) / decisions, decisions, preemptions }
}

/** Bytes an agent takes in the scheduler that asked once and has nothing to do now, and one that waits; null where memory cannot be measured. */
export function bytesEach(agents: number, measure: () => number | null): { idle: number; waiting: number } | null {
  const simulation = new Simulation('fair')
  const before = measure()
  for (let agent = 0; agent < agents; agent += 1) {
    const job = {
      id: agent + 1,
      class: 'normal',
      weight: 1,
      deadline: null,
      held: false,
      model: 'one',
      slot: true,
    } as const
    simulation.scheduler.arrive({ ...job, flow: `agent ${agent}`, promptTokens: 10, maxTokens: 10 }, 0)
  }
  const waiting = measure()
  for (let agent = 0; agent < agents; agent += 1) simulation.scheduler.withdraw(agent + 1, 1)
  const idle = measure()
  if (before === null || waiting === null || idle === null) return null
  return { idle: (idle - before) / agents, waiting: (waiting - before) / agents }
}
