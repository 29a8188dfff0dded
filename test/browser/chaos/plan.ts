/** What happens in one chaos run, all of it drawn from its seed: who is asked what, and what is done to them when. */
import type { SchedulingClass } from '../../../kernel/abi/index.ts'
import type { ChaosEngine, CommitMoment } from './messages.ts'
import { createSeededRandom, type SeededRandom } from './random.ts'

export interface Question {
  readonly text: string
  readonly tools: readonly string[]
}

/** Answers of all shapes: long, repetitive, with a tool of the kernel's, and with one of the page's that must not run twice. */
export const QUESTIONS = {
  count: { text: 'Count from 1 to 30.', tools: [] },
  repeat: { text: 'Repeat tea 9 times.', tools: [] },
  sum: { text: 'What is 12 * 34?', tools: ['calculate'] },
  refund: { text: 'Refund order 1042 for $62.', tools: ['refund'] },
} as const satisfies Record<string, Question>

/** What the page's function answers. */
export const REFUNDED = 'refunded'

export interface Asked {
  readonly question: Question
  readonly class: SchedulingClass
  readonly weight: number
}

/** `after`: run events seen by the watching tab, of all runs together. One that never comes happens at the end. */
export type Disturbance =
  | { do: 'kill the kernel'; after: number }
  | { do: 'kill the kernel in a commit'; commits: number; moment: CommitMoment }
  | { do: 'close the lending tab'; after: number }
  | { do: 'kill the lent worker'; after: number }
  | { do: 'lose the device'; after: number }
  | { do: 'pause'; run: number; after: number; for: number }
  | { do: 'pause everything'; after: number }
  | { do: 'renice'; run: number; after: number; class: SchedulingClass; weight: number }

export interface Plan {
  readonly seed: number
  readonly asked: readonly Asked[]
  /** Whether the questions come from the tab that may die. */
  readonly fromLender: boolean
  readonly disturbances: readonly Disturbance[]
}

const CLASSES = ['interactive', 'normal', 'background'] as const

/** Run events and commits within which most of a run of four agents happens. */
const EVENTS = 40
const COMMITS = 24

export function planOf(seed: number, engine: ChaosEngine): Plan {
  const random = createSeededRandom(seed)
  const { count, repeat, sum, refund } = QUESTIONS
  const questions: readonly [Question, ...Question[]] = [count, repeat, sum, refund]
  const extra = Array.from({ length: random.between(0, 2) }, () => random.pick(questions))
  const asked = [refund, count, ...extra].map((question) => ({
    question,
    class: random.pick(CLASSES),
    weight: random.between(1, 3),
  }))
  const kill = killing(random, engine)
  const others = Array.from({ length: random.between(0, 2) }, () => meddling(random, asked.length))
  // Now and then twice: what goes on from a journal must be able to do so again.
  const again = random.between(1, 5) === 1 ? [killing(random, engine)] : []
  const disturbances = [kill, ...others, ...again].sort((one, other) => placeOf(one) - placeOf(other))
  return { seed, asked, fromLender: random.between(0, 1) === 1, disturbances }
}

function killing(random: SeededRandom, engine: ChaosEngine): Disturbance {
  const after = random.between(0, EVENTS)
  const losable = engine === 'scripted' ? (['lose the device'] as const) : (['kill the lent worker'] as const)
  const what = random.pick(['kernel', 'commit', 'commit', 'close the lending tab', ...losable])
  if (what === 'kernel') return { do: 'kill the kernel', after }
  if (what !== 'commit') return { do: what, after }
  const moment = random.pick(['before', 'during', 'after'])
  return { do: 'kill the kernel in a commit', commits: random.between(0, COMMITS), moment }
}

function meddling(random: SeededRandom, runs: number): Disturbance {
  const after = random.between(0, EVENTS)
  const run = random.between(0, runs - 1)
  const what = random.pick(['pause', 'pause everything', 'renice'])
  if (what === 'pause') return { do: what, run, after, for: random.between(0, EVENTS / 2) }
  if (what === 'pause everything') return { do: what, after }
  return { do: 'renice', run, after, class: random.pick(CLASSES), weight: random.between(1, 3) }
}

/** A kernel is armed for a commit before anything else happens. */
function placeOf(disturbance: Disturbance): number {
  return 'after' in disturbance ? disturbance.after : -1
}

/** For the name of a test: what its seed stands for. */
export function describePlan({ asked, fromLender, disturbances }: Plan): string {
  const what = disturbances.map((one) => {
    if (one.do === 'kill the kernel in a commit') return `kill the kernel ${one.moment} commit ${one.commits}`
    const whom = 'run' in one ? ` ${one.run}` : ''
    return `${one.do}${whom} at event ${one.after}`
  })
  return `${asked.length} agents asked by the ${fromLender ? 'lending' : 'watching'} tab; ${what.join(', ')}`
}
