/** Does to a world what a plan's disturbance says. */
import { insist } from './follow.ts'
import type { Moments } from './moments.ts'
import type { Paused } from './paused.ts'
import type { Disturbance } from './plan.ts'
import type { World } from './world.ts'

export interface Victim {
  readonly world: World
  readonly moments: Moments
  readonly paused: Paused
  /** Runs in the order in which they were asked for. */
  readonly ids: readonly Promise<string>[]
}

export async function disturb({ world, moments, paused, ids }: Victim, disturbance: Disturbance): Promise<void> {
  const { origin } = world
  switch (disturbance.do) {
    case 'kill the kernel':
      return void origin.killKernel()
    case 'kill the kernel in a commit':
      // Armed before the first question; it happens by itself.
      return
    case 'close the lending tab': {
      // Whoever closes a tab before it has heard of its run does not know whether to ask again; nor does a test.
      await Promise.all(ids)
      const before = world.mortal
      // With another one open the engine moves at once; otherwise the runs wait for one.
      if (disturbance.after % 2 === 0) world.mortal = await world.openMortal()
      await before.die()
      if (world.mortal === before) world.mortal = await world.openMortal()
      return
    }
    case 'kill the lent worker':
      return void world.mortal.killWorkers()
    case 'lose the device':
      return void origin.loseDevice()
    case 'pause': {
      const id = await ids[disturbance.run]!
      const until = moments.seen + disturbance.for
      await paused.pause(id)
      // Not awaited: others are to be disturbed meanwhile.
      void moments.reached(until).then(() => paused.resume(id))
      return
    }
    case 'pause everything':
      await insist(() => world.watcher.hearth.call('kernel.pause', {}))
      await insist(() => world.watcher.hearth.call('kernel.resume', {}))
      return
    case 'renice': {
      const { class: to, weight } = disturbance
      const run = await ids[disturbance.run]!
      await insist(() => world.watcher.hearth.call('run.renice', { run, class: to, weight }))
    }
  }
}
