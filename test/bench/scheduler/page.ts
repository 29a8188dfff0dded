/** What the page of the scheduler's benchmark can do, as `globalThis.schedulerBench`; rows.mjs decides the order and does the sums. */
import starter from '../../../wasm/starter/starter.gguf?url'
import { Direct } from '../direct.ts'
import * as arrivals from './arrivals.ts'
import * as backlog from './backlog.ts'
import * as interruptions from './interruptions.ts'
import { client } from './kernel-side.ts'
import * as stub from './stub-side.ts'
import * as workload from './workload.ts'

let direct: Direct | undefined

function loaded(): Direct {
  if (direct === undefined) throw new Error('load first')
  return direct
}

/** The same file once more, with another window. */
async function addStarter(contextTokens: number): Promise<string> {
  const { models } = await client()
  const file = new File([await (await fetch(starter)).blob()], 'long-window.gguf')
  return (await models.addFile(file, { contextTokens })).id
}

const schedulerBench = {
  /**
   * Loads the starter model in the kernel. @returns with how many slots, and what window
   * @param window as many tokens as its file declares, more than it was trained on; its own 1,024 when left out
   */
  async loadKernel(window?: number) {
    const { models } = await client()
    const id = window === undefined ? 'starter' : await addStarter(window)
    const { state, contextTokens } = await models.load(id)
    if (state.kind !== 'ready') throw new Error(`the model is ${state.kind}`)
    return { slots: state.slots, contextTokens }
  },
  /** Loads the same model with the same settings, straight in this page. */
  async loadDirect(slots: number, contextTokens: number) {
    direct = await Direct.load(slots, contextTokens)
  },
  ...workload,
  arriveKernel: arrivals.arriveKernel,
  idleKernel: arrivals.idleKernel,
  togetherKernel: arrivals.togetherKernel,
  arriveDirect: (background: string[], content: string, slots: number) =>
    arrivals.arriveDirect(loaded(), background, content, slots),
  inTurnDirect: (questions: string[], maxTokens: number) => arrivals.inTurnDirect(loaded(), questions, maxTokens),
  togetherDirect: (questions: string[], maxTokens: number) => arrivals.togetherDirect(loaded(), questions, maxTokens),
  pauseAndResume: interruptions.pauseAndResume,
  preemptAndResume: interruptions.preemptAndResume,
  interrupted: interruptions.interrupted,
  coldDirect: (content: string) => interruptions.coldDirect(loaded(), content),
  backlogKernel: backlog.backlogKernel,
  backlogDirect: (agents: backlog.BackloggedAgent[], warmUpMs: number, windowMs: number, first: number) =>
    backlog.backlogDirect(loaded(), agents, warmUpMs, windowMs, first),
  dispatch: stub.dispatch,
  scale: stub.scale,
}
export type SchedulerBench = typeof schedulerBench

declare global {
  var schedulerBench: SchedulerBench
}
globalThis.schedulerBench = schedulerBench
