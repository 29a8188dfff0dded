/**
 * `npm run bench`: what the kernel costs, against the bare thing each part is made of. Every row is measured in one run on
 * one machine, the two sides in turn (A B A B …), each figure the median of its rounds. Builds first; needs a quiet
 * machine; never part of `npm test`, because a time is not a test. `npm run bench roundTrips` runs one part: roundTrips,
 * generation, memory, coldStart. `bench` inside `evaluate` is the page's (page.ts).
 */
import { readdirSync, readFileSync } from 'node:fs'
import { serve } from '../../.config/serve.mjs'
import { must, open, root, withBrowser } from './browser.mjs'
import { coarseMedian, median, Report } from './report.mjs'

const rounds = Number(process.env['HEARTH_BENCH_ROUNDS'] ?? 7)
const table = new Report()

/** Answers are short, and when their first token comes differs by some milliseconds: of a few rounds the median does, too. */
const ANSWERS_A_ROUND = 3

/** Milliseconds: a SharedWorker is never isolated, and gets a clock no finer than this; a page that is has one of 5 µs. */
const WORKER_CLOCK_STEP = 0.1

async function roundTrips(url) {
  await withBrowser(async (context) => {
    const tab = await open(context, url)
    await tab.evaluate(() => bench.connect())
    const medians = { read: [], echo: [], set: [], add: [], commit: [], page: [], asked: [] }
    const timed = (/** @type {string} */ call, n) => tab.evaluate(([what, count]) => bench[what](count), [call, n])
    const measure = async (/** @type {keyof medians} */ name, /** @type {string} */ call, n) =>
      medians[name].push(median(await timed(call, n)))
    for (let round = -1; round < rounds; round++) {
      // Round -1 warms both sides up and does not count.
      await measure('read', 'readKernel', 1500)
      await measure('echo', 'readEcho', 1500)
      await measure('set', 'setKernel', 150)
      await measure('add', 'addKernel', 150)
      medians.commit.push(coarseMedian(await timed('commitBare', 150), WORKER_CLOCK_STEP))
      await measure('page', 'commitInPage', 150)
      await measure('asked', 'commitAsked', 150)
      if (round === -1) for (const name of Object.keys(medians)) medians[name].length = 0
    }
    const [read, echo, set, add, commit, page, asked] = Object.values(medians).map(median)
    table.add({
      what: 'Read-only syscall, p50',
      ours: read,
      other: echo,
      unit: 'ms',
      than: 'comlink echo',
      goal: '≤ 2.0',
      ok: read / echo <= 2,
    })
    for (const [name, ours] of Object.entries({ 'kernel.schedule': set, 'memory.add': add })) {
      const what = `Journaled syscall, ${name}, p50`
      const rest = { what, ours, unit: 'ms' }
      const inWorker = { other: commit, than: 'strict commit, timed in the worker' }
      table.add({ ...rest, ...inWorker, goal: '≤ 1.5', ok: ours / commit <= 1.5 })
      table.add({ ...rest, other: page, than: 'strict commit by the page itself' })
      table.add({ ...rest, other: asked, than: 'strict commit, asked through comlink' })
    }
  })
}

async function generation(url) {
  await withBrowser(async (context) => {
    const ours = await open(context, url)
    await ours.evaluate(() => bench.connect())
    const { slots, contextTokens } = await ours.evaluate(() => bench.loadKernel())
    const direct = await open(context, url)
    await direct.evaluate(([n, tokens]) => bench.loadDirect(n, tokens), [slots, contextTokens])

    // Each of ours is paired with the same question asked of wllama, so that no side finds more in its prompt cache.
    const pairs = { chatKernel: ours, runAgent: ours }
    const answers = { chatKernel: [], runAgent: [], chatKernelDirect: [], runAgentDirect: [] }
    let start = 1
    for (let round = -2; round < rounds * ANSWERS_A_ROUND; round++) {
      for (const [name, page] of Object.entries(pairs)) {
        const question = `Count from ${start} to ${start + 40}.`
        start++
        const sides = [
          [name, name, page],
          [`${name}Direct`, 'chatDirect', direct],
        ]
        // Who begins changes from round to round.
        if (round % 2 !== 0) sides.reverse()
        const texts = new Set()
        for (const [into, call, asked] of sides) {
          // A tab in the background may be given less of the machine.
          await asked.bringToFront()
          const answer = await asked.evaluate(([what, words]) => bench[what](words), [call, question])
          texts.add(answer.text)
          if (round >= 0) answers[into].push(answer)
        }
        if (texts.size > 1) console.warn(`The two sides wrote different answers to "${question}".`)
      }
    }
    const of = (/** @type {keyof answers} */ name, /** @type {'rate' | 'firstMs'} */ figure) =>
      median(answers[name].map((answer) => answer[figure]))
    for (const [name, label] of [
      ['chatKernel', 'llm.chat'],
      ['runAgent', 'agent.run'],
    ]) {
      const rate = of(name, 'rate')
      const bare = of(`${name}Direct`, 'rate')
      table.add({
        what: `Tokens a second, ${label}`,
        ours: rate,
        other: bare,
        unit: '/s',
        than: 'wllama in a page',
        goal: '≥ 0.97',
        ok: rate / bare >= 0.97,
      })
      const first = of(name, 'firstMs')
      const bareFirst = of(`${name}Direct`, 'firstMs')
      table.add({
        what: `First token, ${label}`,
        ours: first,
        other: bareFirst,
        unit: 'ms',
        than: 'wllama in a page',
        ratio: `${first >= bareFirst ? '+' : ''}${(first - bareFirst).toFixed(1)} ms`,
        goal: '≤ +10 ms',
        ok: first - bareFirst <= 10,
      })
    }
  })
}

/** Proportional set size of a process and all it started, in bytes: shared pages are counted once. Linux only. */
function memoryOf(pid) {
  const parents = new Map(
    processes().map((id) => {
      const stat = textOf(`/proc/${id}/stat`)
      return [id, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])]
    }),
  )
  const belongs = (/** @type {number} */ id) => {
    for (let at = id; at; at = parents.get(at)) if (at === pid) return true
    return false
  }
  let bytes = 0
  for (const id of parents.keys()) {
    if (belongs(id)) bytes += Number(/^Pss:\s+(\d+)/m.exec(textOf(`/proc/${id}/smaps_rollup`))?.[1] ?? 0) * 1024
  }
  return bytes
}

async function memory(url) {
  if (process.platform !== 'linux') return
  const tabs = 4
  const shared = async () =>
    withBrowser(async (context, profile) => {
      const pages = []
      for (let i = 0; i < tabs; i++) pages.push(await open(context, url))
      for (const page of pages) await page.evaluate(() => bench.connect())
      await pages[0].evaluate(() => bench.loadKernel())
      for (const page of pages) await page.evaluate(() => bench.chatKernel('Hello'))
      return memoryOf(browserOf(profile))
    })
  const apart = async () =>
    withBrowser(async (context, profile) => {
      const pages = []
      for (let i = 0; i < tabs; i++) pages.push(await open(context, url))
      for (const page of pages) await page.evaluate(() => bench.loadDirect(4, 2048))
      for (const page of pages) await page.evaluate(() => bench.chatDirect('Hello'))
      return memoryOf(browserOf(profile))
    })
  const ours = []
  const others = []
  for (let round = 0; round < 3; round++) {
    ours.push(await shared())
    others.push(await apart())
  }
  const megabytes = (/** @type {number[]} */ bytes) => median(bytes) / 1024 / 1024
  table.add({
    what: `Memory of ${tabs} tabs and their browser`,
    ours: megabytes(ours),
    other: megabytes(others),
    unit: 'MB',
    than: 'each tab loads the model',
    goal: '< 1',
    ok: median(ours) < median(others),
  })
}

/** Process of the browser that uses this profile; what it started names a `--type`. */
function browserOf(profile) {
  return processes().find((id) => {
    const command = textOf(`/proc/${id}/cmdline`)
    return command.includes(profile) && !command.includes('--type=')
  })
}

function processes() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** Empty for a process that has ended since it was listed. */
function textOf(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

async function coldStart(url) {
  const cold = []
  const warm = []
  const first = []
  for (let round = 0; round < rounds; round++) {
    await withBrowser(async (context) => {
      let page = await context.newPage()
      let started = performance.now()
      await page.goto(url)
      const button = page.getByRole('button', { name: 'Start now' })
      await button.waitFor()
      cold.push(performance.now() - started)

      const before = performance.now()
      await button.click()
      const message = page.getByRole('textbox', { name: 'Message' })
      await message.fill('Hello')
      await message.press('Enter')
      await page
        .getByRole('log', { name: 'Conversation' })
        .getByText(/Hello!/)
        .waitFor()
      first.push(performance.now() - before)

      await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
      await page.close()
      page = await context.newPage()
      started = performance.now()
      await page.goto(url)
      await page.getByRole('textbox', { name: 'Message' }).waitFor()
      warm.push(performance.now() - started)
    })
  }
  table.add({ what: 'First visit to a usable panel', ours: median(cold), unit: 'ms' })
  table.add({
    what: 'Later visit to a usable panel',
    ours: median(warm),
    unit: 'ms',
    goal: '≤ 1000 ms',
    ok: median(warm) <= 1000,
  })
  table.add({
    what: '"Start now" to the first words of an answer',
    ours: median(first),
    unit: 'ms',
    goal: '≤ 3000 ms',
    ok: median(first) <= 3000,
  })
}

const parts = { roundTrips, generation, memory, coldStart }
const wanted = process.argv[2] === undefined ? Object.keys(parts) : process.argv.slice(2)

must('npx vite build --config .config/bench.ts --logLevel warn')
must('npm run --silent build')
const benchServer = await serve({ directory: `${root}dist/bench`, port: 0 })
const appServer = await serve({ port: 0 })
try {
  for (const name of wanted) await parts[name](name === 'coldStart' ? appServer.url : benchServer.url)
} finally {
  await benchServer.close()
  await appServer.close()
}
table.print(rounds)
process.exitCode = table.missed ? 1 : 0
