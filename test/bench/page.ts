/** What the benchmark's browser page can do, as `globalThis.bench`; run.mjs decides the order and does the sums. */
import { wrap } from 'comlink'
import { connect, type Hearth } from '../../sdk/index.ts'
import { openCommits, type Commits } from './commit.ts'
import type { WorkerCommits } from './commit.worker.ts'
import { Direct } from './direct.ts'
import type { Echo } from './echo.worker.ts'

/** One answer: milliseconds to its first text, tokens a second from there to its last text, and what was written. */
export interface Answer {
  firstMs: number
  rate: number
  tokens: number
  text: string
}

/** Long enough that text held back for a frame (16 ms) hardly counts, and far from the window's end. */
const ANSWER_TOKENS = 400

let hearth: Hearth | undefined
let direct: Direct | undefined
let echo: ReturnType<typeof wrap<Echo>> | undefined
let commits: ReturnType<typeof wrap<WorkerCommits>> | undefined
let own: Commits | undefined

async function times(n: number, work: (i: number) => Promise<unknown>): Promise<number[]> {
  const samples: number[] = []
  for (let i = 0; i < n; i++) {
    const started = performance.now()
    await work(i)
    samples.push(performance.now() - started)
  }
  return samples
}

/** Measures one answer from the moments its text arrives. */
function stopwatch() {
  const started = performance.now()
  let first = 0
  let last = 0
  let text = ''
  return {
    add(more: string) {
      if (more === '') return
      last = performance.now()
      if (first === 0) first = last
      text += more
    },
    stop(tokens: number): Answer {
      return { firstMs: first - started, rate: (tokens - 1) / ((last - first) / 1000), tokens, text }
    },
  }
}

async function client(): Promise<Hearth> {
  hearth ??= await connect({ name: 'Benchmark' })
  return hearth
}

const bench = {
  async connect() {
    await client()
    echo = wrap<Echo>(new SharedWorker(new URL('./echo.worker.ts', import.meta.url), { type: 'module' }).port)
    commits = wrap<WorkerCommits>(
      new SharedWorker(new URL('./commit.worker.ts', import.meta.url), { type: 'module' }).port,
    )
    own = openCommits('bench-commit-page')
    await Promise.all([echo.say(1), commits.measure(1), own.measure(1)])
  },
  readKernel: async (n: number) => {
    const { kernel } = await client()
    return times(n, () => kernel.stats())
  },
  readEcho: (n: number) =>
    times(
      n,
      (i) => echo?.say({ tokensPerSecond: i, running: 0, holder: null }) ?? Promise.reject(new Error('connect first')),
    ),
  addKernel: async (n: number) => {
    const { memory } = await client()
    return times(n, (i) => memory.add({ text: `a fact, number ${i}` }))
  },
  /** One small record, and nothing to be thought about it. */
  setKernel: async (n: number) => {
    const { call } = await client()
    return times(n, () => call('kernel.schedule', { policy: 'fair' }))
  },
  commitBare: async (n: number) => (await commits?.measure(n)) ?? [],
  commitInPage: async (n: number) => (await own?.measure(n)) ?? [],
  commitAsked: (n: number) => times(n, () => commits?.commit() ?? Promise.reject(new Error('connect first'))),

  /** Loads the starter model in the kernel. @returns where it runs and with how many slots */
  async loadKernel() {
    const { models } = await client()
    const { state, contextTokens } = await models.load('starter')
    if (state.kind !== 'ready') throw new Error(`the model is ${state.kind}`)
    return { slots: state.slots, contextTokens, placement: state.placement }
  },
  /** Loads the same model with the same settings, straight in this page. */
  async loadDirect(slots: number, contextTokens: number) {
    direct = await Direct.load(slots, contextTokens)
  },

  async chatKernel(content: string): Promise<Answer> {
    const { llm } = await client()
    const watch = stopwatch()
    let tokens = 0
    const stream = await llm.chat.completions.create({
      messages: [{ role: 'user', content }],
      temperature: 0,
      max_tokens: ANSWER_TOKENS,
      stream: true,
    })
    for await (const { choices, usage } of stream) {
      watch.add(choices[0]?.delta.content ?? '')
      tokens = usage?.completion_tokens ?? tokens
    }
    return watch.stop(tokens)
  },
  /** An agent without instructions or tools, so that the model reads the same words. */
  async runAgent(content: string): Promise<Answer> {
    const { agents } = await client()
    const agent = await agents.create({ name: 'Benchmark', sampling: { temperature: 0, maxTokens: ANSWER_TOKENS } })
    const watch = stopwatch()
    const stream = agent.run(content)
    for await (const event of stream) if (event.type === 'text') watch.add(event.text)
    const answer = watch.stop((await stream.result).completionTokens)
    await agent.delete()
    return answer
  },
  async chatDirect(content: string): Promise<Answer> {
    if (direct === undefined) throw new Error('load first')
    const watch = stopwatch()
    const tokens = await direct.chat(content, { maxTokens: ANSWER_TOKENS, onText: (text) => watch.add(text) })
    return watch.stop(tokens)
  },
}
export type Bench = typeof bench

declare global {
  var bench: Bench
}
globalThis.bench = bench
