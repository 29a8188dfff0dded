/** One chaos run: asks all agents of the plan at once, disturbs them as it says, and waits until every run has ended. */
import type { AgentHandle, Run } from '../../../sdk/index.ts'
import { follow } from './follow.ts'
import { Moments } from './moments.ts'
import { Paused } from './paused.ts'
import type { Asked, Disturbance, Plan } from './plan.ts'
import { disturb } from './disturb.ts'
import type { Tab } from './tab.ts'
import type { World } from './world.ts'

export interface Ending {
  readonly asked: Asked
  readonly agent: AgentHandle
  readonly run: Run
}

export async function carryOut(world: World, plan: Plan): Promise<Ending[]> {
  const agents = await Promise.all(plan.asked.map(({ question, ...attributes }) => world.create(question, attributes)))
  const moments = new Moments()
  const paused = new Paused(world)
  const armed = await arm(world, plan.disturbances)
  const asker = plan.fromLender ? world.mortal : world.watcher
  const ids = plan.asked.map((asked, index) => begin(asker, agents[index]!.id, asked.question.text))
  const troubles = (async () => {
    for (const disturbance of plan.disturbances) {
      if ('after' in disturbance) await moments.reached(disturbance.after)
      await disturb({ world, moments, paused, ids }, disturbance)
    }
  })()
  const endings = plan.asked.map(async (asked, index): Promise<Ending> => {
    const agent = agents[index]!
    const id = await ids[index]!
    paused.running(id)
    const run = await follow(world.watcher, id, {
      onEvent: () => moments.tick(),
      executed: () => world.effects.of(agent.id) > 0,
    })
    paused.ended(id)
    return { asked, agent, run }
  })
  const ended = Promise.all(endings)
  try {
    // A disturbance that fails must not leave runs waiting for ever.
    return await Promise.race([ended, troubles.then(() => ended)])
  } finally {
    moments.end()
    await troubles
    if (armed) world.origin.killKernel()
  }
}

async function arm({ origin }: World, disturbances: readonly Disturbance[]): Promise<boolean> {
  for (const one of disturbances) {
    if (one.do !== 'kill the kernel in a commit') continue
    await origin.killAtCommit(one.commits, one.moment)
    return true
  }
  return false
}

/** @returns the run's id as soon as it is known */
async function begin(tab: Tab, agent: string, text: string): Promise<string> {
  let heard = (_id: string): void => {}
  const begun = new Promise<string>((resolve) => (heard = resolve))
  const call = tab.hearth.call(
    'agent.run',
    { agent, text },
    { onEvent: (event) => (event.type === 'queued' || event.type === 'started') && heard(event.run.id) },
  )
  return Promise.race([begun, call.then(({ id }) => id)])
}
