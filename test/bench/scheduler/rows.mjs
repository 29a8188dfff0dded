/**
 * The rows of `npm run bench:scheduler`: each measures both sides in turn in one browser (A B A B …) and adds the medians
 * of its rounds to the table. `schedulerBench` inside `evaluate` is the page's (page.ts).
 */
import { open, withBrowser } from '../browser.mjs'
import { median, percentile } from '../report.mjs'
import { createSeededRandom } from './random.mjs'
import { simulate } from './simulator/load.mjs'

/** Background requests under which an interactive one arrives. */
const BACKGROUND = 20

/** Interruptions whose text is compared with an undisturbed one's. */
const INTERRUPTIONS = Number(process.env['HEARTH_BENCH_INTERRUPTIONS'] ?? 100)

/** Window of the rows about long prompts, in tokens, and lines of a prompt that make some 1,500 of them. */
const LONG_WINDOW = 2048
const LONG_LINES = 150

/** @typedef {{ url: string, rounds: number, report: import('../report.mjs').Report }} Bench */

/** Two pages with the starter model: in the kernel, and by itself. A page in the background may be given less of the machine. */
async function bothSides(url, work, window) {
  await withBrowser(async (context) => {
    const kernel = await open(context, url)
    const { slots, contextTokens } = await kernel.evaluate((size) => schedulerBench.loadKernel(size), window)
    const direct = await open(context, url)
    await direct.evaluate(([n, tokens]) => schedulerBench.loadDirect(n, tokens), [slots, contextTokens])
    let next = 1
    const on =
      (page) =>
      async (call, ...args) => {
        await page.bringToFront()
        return page.evaluate(([name, given]) => schedulerBench[name](...given), [call, args])
      }
    /** Questions nobody has asked before. */
    const questions = (count) => Array.from({ length: count }, () => `Count from ${++next} to ${next + 90}.`)
    await work({ kernel: on(kernel), direct: on(direct), slots, questions })
  })
}

/** Who begins changes from round to round; those before the first warm both sides up and do not count. */
async function inTurn(rounds, warmUps, sides) {
  const samples = sides.map(() => [])
  for (let round = -warmUps; round < rounds; round++) {
    const order = sides.map((_, index) => index)
    if (round % 2 !== 0) order.reverse()
    for (const index of order) {
      const sample = await sides[index](round)
      if (round >= 0) samples[index].push(sample)
    }
  }
  return samples
}

/** @param {Bench} bench */
export async function interactive({ url, rounds, report }) {
  await bothSides(url, async ({ kernel, direct, slots, questions }) => {
    const one = () => questions(1)[0]
    const [ours, theirs, idle] = await inTurn(rounds, 1, [
      () => kernel('arriveKernel', questions(BACKGROUND), one(), slots),
      () => direct('arriveDirect', questions(BACKGROUND), one(), slots),
      () => kernel('idleKernel', one()),
    ])
    const under = median(ours)
    report.add({
      ...{ what: `First token under ${BACKGROUND} background answers`, ours: under, other: median(theirs), unit: 'ms' },
      ...{ than: 'wllama in order of arrival', ratio: `${(median(theirs) / under).toFixed(1)} times sooner` },
      ...{ goal: '≥ 10 times', ok: median(theirs) / under >= 10 },
    })
    report.add({
      ...{ what: 'The same against an idle kernel', ours: under, other: median(idle), unit: 'ms', than: 'idle' },
      ...{ goal: '≤ 1.5', ok: under / median(idle) <= 1.5 },
    })
  })
}

/** @param {Bench} bench */
export async function throughput({ url, rounds, report }) {
  const tokens = 150
  await bothSides(url, async ({ kernel, direct, questions }) => {
    const rate = ({ tokens: written, ms }) => (written / ms) * 1000
    for (const agents of [1, 2, 4, 8, 16]) {
      const [ours, inOrder, together] = await inTurn(rounds, 1, [
        async () => rate(await kernel('togetherKernel', questions(agents), tokens)),
        async () => rate(await direct('inTurnDirect', questions(agents), tokens)),
        async () => rate(await direct('togetherDirect', questions(agents), tokens)),
      ])
      const ratio = median(ours) / median(inOrder)
      const goal = agents >= 4 ? 2.5 : 0.95
      report.add({
        ...{ what: `Tokens a second, ${agents} ${agents === 1 ? 'agent' : 'agents'}`, ours: median(ours), unit: '/s' },
        ...{ other: median(inOrder), than: 'wllama, one after another' },
        ...{ ratio: `${ratio.toFixed(2)} (engine alone ${(median(together) / median(inOrder)).toFixed(2)})` },
        ...{ goal: `≥ ${goal}`, ok: ratio >= goal },
      })
    }
  })
}

/** @param {Bench} bench */
export async function resume({ url, rounds, report }) {
  await bothSides(
    url,
    async ({ kernel, direct, slots, questions }) => {
      let next = 1000
      const long = () => kernel('longQuestion', ++next, LONG_LINES)
      /** Beyond what it was trained on the model may stop at any point: such an answer is asked for again, in other words. */
      const once = async (measure) => {
        for (;;) {
          const result = await measure()
          if (result !== null) return result
        }
      }
      const [paused, preempted, cold] = await inTurn(rounds, 1, [
        () => once(async () => kernel('pauseAndResume', await long())),
        () => once(async () => kernel('preemptAndResume', await long(), questions(slots))),
        async () => direct('coldDirect', await long()),
      ])
      const context = `${Math.round(median(paused.map(({ promptTokens }) => promptTokens)))} tokens of context`
      const rows = [
        [`Going on after a pause, ${context}`, paused.map(({ resumedMs }) => resumedMs)],
        [`Going on after ${slots} others had the slots, ${context}`, preempted],
      ]
      for (const [what, ours] of rows) {
        const sooner = median(cold) / median(ours)
        report.add({
          ...{ what, ours: median(ours), other: median(cold), unit: 'ms', than: 'wllama reads the prompt again' },
          ...{ ratio: `${sooner.toFixed(1)} times sooner`, goal: '≥ 5 times', ok: sooner >= 5 },
        })
      }
    },
    LONG_WINDOW,
  )
}

/** @param {Bench} bench */
export async function identical({ url, report }) {
  const random = createSeededRandom(3)
  await bothSides(url, async ({ kernel, slots, questions }) => {
    let same = 0
    let interrupted = 0
    for (let number = 0; number < INTERRUPTIONS; number++) {
      const [content] = questions(1)
      const undisturbed = await kernel('interrupted', content, null, 0, [])
      const after = random.between(1, Math.max(1, undisturbed.text.length - 40))
      const how = number % 2 === 0 ? 'pause' : 'preempt'
      const { text, interruptions } = await kernel('interrupted', content, how, after, questions(slots))
      interrupted += Math.min(1, interruptions)
      if (text === undisturbed.text) same += 1
      else console.warn(`"${content}" interrupted (${how}) after ${after} characters:\n${undisturbed.text}\n${text}`)
    }
    report.add({
      ...{ what: 'Texts equal after an interruption at a random token', ours: `${same} of ${INTERRUPTIONS}` },
      ...{ other: `${interrupted} were interrupted`, goal: `${INTERRUPTIONS} of ${INTERRUPTIONS}` },
      ok: same === INTERRUPTIONS && interrupted === INTERRUPTIONS,
    })
  })
}

/** Milliseconds in which tokens are counted, after as many agents as there are have begun. */
const WARM_UP_MS = 2000
/** Long against one answer of an agent with a small weight, so that a single one more or less does not tell. */
const WINDOW_MS = 60_000

/** @param {number[]} given R. Jain et al., "A Quantitative Measure of Fairness", 1984: 1 is equal, 1/n is one with all */
function jain(given) {
  const sum = given.reduce((all, one) => all + one, 0)
  return sum ** 2 / (given.length * given.reduce((all, one) => all + one ** 2, 0))
}

/** @param {Bench} bench */
export async function fairness({ url, report }) {
  await bothSides(url, async ({ kernel, direct }) => {
    // Equal agents, half of which ask for answers four times as long.
    const equal = Array.from({ length: 10 }, (_, index) => ({ weight: 1, maxTokens: index % 2 === 0 ? 200 : 50 }))
    const ours = jain(await kernel('backlogKernel', equal, WARM_UP_MS, WINDOW_MS, 1))
    const theirs = jain(await direct('backlogDirect', equal, WARM_UP_MS, WINDOW_MS, 1))
    report.add({
      ...{ what: "Jain's index, 10 equal agents with long and short answers", ours: ours.toFixed(3) },
      ...{ other: theirs.toFixed(3), than: 'wllama in order of arrival', goal: '≥ 0.98', ok: ours >= 0.98 },
    })
    // More than the slots, so that all of them always compete.
    const weighted = Array.from({ length: 8 }, (_, index) => ({ weight: index % 2 === 0 ? 3 : 1, maxTokens: 150 }))
    const ratioOf = (given) => {
      const sum = (rest) => given.filter((_, index) => index % 2 === rest).reduce((all, one) => all + one, 0)
      return sum(0) / sum(1)
    }
    const ratio = ratioOf(await kernel('backlogKernel', weighted, WARM_UP_MS, WINDOW_MS, 2000))
    const even = ratioOf(await direct('backlogDirect', weighted, WARM_UP_MS, WINDOW_MS, 2000))
    report.add({
      ...{ what: 'Tokens of weight 3 against weight 1', ours: ratio.toFixed(2) },
      ...{ other: even.toFixed(2), than: 'wllama in order of arrival', goal: '2.85 to 3.15' },
      ok: Math.abs(ratio - 3) <= 0.15,
    })
  })
}

/** @param {Bench} bench */
export async function dispatch({ url, report }) {
  await withBrowser(async (context) => {
    const page = await open(context, url)
    for (const [name, label, goal] of [
      ['llm.chat', 'From a call to the engine, idle, p99', 1],
      ['agent.run', 'The same of a run, stored on disk first, p99', null],
    ]) {
      const samples = await page.evaluate(([call, count]) => schedulerBench.dispatch(call, count), [name, 1000])
      const p99 = percentile(samples, 0.99)
      report.add({
        ...{ what: label, ours: p99, unit: 'ms', other: `1100 ms (AIOS, by its code)` },
        ...(goal === null ? {} : { goal: `< ${goal} ms`, ok: p99 < goal }),
      })
    }
  })
}

/** @param {Bench} bench */
export async function scale({ url, report }) {
  const results = []
  for (const agents of [250, 500, 1000, 2000, 10_000]) {
    // A browser each, so that the memory of one does not count for the next.
    await withBrowser(async (context) => {
      const page = await open(context, url)
      results.push(await page.evaluate((count) => schedulerBench.scale(count), agents))
    })
  }
  const [first] = results
  for (const { agents, runMs, decisions, decisionMs, bytesBefore, bytesAfter } of results) {
    const perAgent = bytesBefore === null || bytesAfter === null ? null : (bytesAfter - bytesBefore) / agents / 1024
    const growth = runMs / agents / (first.runMs / first.agents)
    report.add({
      ...{ what: `${agents} agents on a stub engine, all answered`, ours: runMs, unit: 'ms' },
      ...{ other: `${((decisionMs / decisions) * 1000).toFixed(1)} µs a decision` },
      ...{ ratio: `${growth.toFixed(2)} of linear`, goal: '≤ 1.5', ok: growth <= 1.5 },
    })
    report.add({
      ...{ what: `Memory of an idle agent, of ${agents}`, ours: perAgent ?? 'not told by this browser', unit: 'KB' },
      ...(perAgent === null ? {} : { goal: '≤ 20 KB', ok: perAgent <= 20 }),
    })
  }
}

/** Thousands of agents in the simulator: the same scheduler, without a browser. @param {Bench} bench */
export async function simulator({ report }) {
  for (const row of await simulate()) report.add(row)
}
