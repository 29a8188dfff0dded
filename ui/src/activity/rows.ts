/** The rows of Activity: everybody who wants tokens, and runs that wait for something else. Sorting and finding. Pure. */
import type { Run, SchedulerJob, SchedulingClass } from '../../../sdk/index.ts'

export type RowState = 'writing' | 'waiting' | 'loading' | 'paused' | 'elsewhere' | 'undecided'

export interface Row {
  readonly id: string
  /** Null for an answer that a page asked for without an agent: only stopping or pausing everything reaches it. */
  readonly run: string | null
  readonly agent: string | null
  readonly name: string
  /** First words of what was asked. */
  readonly title: string
  readonly class: SchedulingClass
  /** The class it is served in once it has waited long; null while that is its own. */
  readonly servedAs: SchedulingClass | null
  readonly weight: number
  readonly state: RowState
  readonly words: string
  readonly promptTokens: number | null
  readonly answerTokens: number
  readonly waitedMs: number
  readonly share: number
  readonly slot: number | null
  readonly preemptions: number
  readonly deadline: number | null
  readonly since: number
}

export const sortKeys = ['state', 'name', 'class', 'tokens', 'waited', 'share', 'slot', 'turns', 'deadline'] as const
export type SortKey = (typeof sortKeys)[number]

export interface Sorting {
  readonly key: SortKey
  readonly reverse: boolean
}

const jobStates = { running: 'writing', waiting: 'waiting', paused: 'paused', loading: 'loading' } as const
const words: Record<RowState, string> = {
  writing: 'writing',
  waiting: 'waits for its turn',
  loading: 'waits for the model to load',
  paused: 'paused',
  elsewhere: 'waits',
  undecided: 'waits for your decision',
}

/** A run that has a job is one row; a run that waits for a tool, a person or its agent's other run is a row of its own. */
export function rowsOf(jobs: readonly SchedulerJob[], active: readonly Run[]): Row[] {
  const runs = new Map(active.map((run) => [run.id, run]))
  const busy = new Set(jobs.map(({ run }) => run))
  return [
    ...jobs.map((job) => rowOfJob(job, job.run === null ? undefined : runs.get(job.run))),
    ...active.filter(({ id }) => !busy.has(id)).map(rowOfRun),
  ]
}

/** The same whether the run has a job or not: a row that became another one would lose the keyboard. */
const rowIdOf = (run: string): string => `run:${run}`

function rowOfJob(job: SchedulerJob, run: Run | undefined): Row {
  const state = jobStates[job.state]
  return {
    ...{
      id: job.run === null ? job.id : rowIdOf(job.run),
      run: job.run,
      agent: job.agent,
      name: job.name,
      title: run?.title ?? '',
      class: job.class,
    },
    servedAs: job.servedAs === job.class ? null : job.servedAs,
    ...{ weight: job.weight, state, words: words[state], promptTokens: job.promptTokens },
    ...{ answerTokens: job.completionTokens, waitedMs: job.waitedMs, share: job.share, slot: job.slot },
    ...{ preemptions: job.preemptions, deadline: job.deadline, since: job.arrivedAt },
  }
}

function rowOfRun(run: Run): Row {
  const state = run.undecided ? 'undecided' : run.state === 'paused' ? 'paused' : 'elsewhere'
  const waiting = run.state === 'queued' ? 'waits for its agent' : `waits for ${run.waitingFor ?? 'its turn'}`
  return {
    ...{ id: rowIdOf(run.id), run: run.id, agent: run.agent, name: run.agentName, title: run.title },
    ...{ class: run.class, servedAs: null, weight: run.weight, state },
    words: state !== 'elsewhere' ? words[state] : run.state === 'running' ? 'works with a tool' : waiting,
    ...{ promptTokens: null, answerTokens: run.completionTokens, waitedMs: 0, share: 0, slot: null, preemptions: 0 },
    ...{ deadline: run.deadline ?? null, since: run.startedAt },
  }
}

const stateOrder: readonly RowState[] = ['undecided', 'writing', 'loading', 'waiting', 'elsewhere', 'paused']
const classOrder: readonly SchedulingClass[] = ['interactive', 'normal', 'background']

/** Natural order of each column; most first for amounts. */
const orders: Record<SortKey, (row: Row) => number | string> = {
  state: ({ state }) => stateOrder.indexOf(state),
  name: ({ name }) => name.toLowerCase(),
  class: (row) => classOrder.indexOf(row.class),
  tokens: ({ promptTokens, answerTokens }) => -(promptTokens ?? 0) - answerTokens,
  waited: ({ waitedMs }) => -waitedMs,
  share: ({ share }) => -share,
  slot: ({ slot }) => slot ?? Infinity,
  turns: ({ preemptions }) => -preemptions,
  deadline: ({ deadline }) => deadline ?? Infinity,
}

/** Equal rows keep the order in which they came, so that nothing jumps. */
export function sortRows(rows: readonly Row[], { key, reverse }: Sorting): Row[] {
  const order = orders[key]
  const sign = reverse ? -1 : 1
  return rows.toSorted((a, b) => {
    const [first, second] = [order(a), order(b)]
    if (first !== second) return first < second ? -sign : sign
    return a.since - b.since || (a.id < b.id ? -1 : 1)
  })
}

/** Rows that have all these words, in the name, the request, the class or the state. */
export function findRows(rows: readonly Row[], query: string): Row[] {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean)
  return rows.filter((row) => {
    const text = `${row.name} ${row.title} ${row.class} ${row.servedAs ?? ''} ${row.words}`.toLowerCase()
    return wanted.every((word) => text.includes(word))
  })
}
