/** What the palette can do about work that goes on. */
import { policyNames } from '../activity/policy-words.ts'
import { classNames } from '../activity/slice-words.ts'
import type { SchedulingClass, SchedulingPolicy } from '../../../sdk/index.ts'
import type { Panel } from '../state/panel.svelte.ts'
import type { Command } from './command.ts'

/** Runs offered one by one; with more, Activity finds them better. */
const RUNS = 12

/** Pausing everything, and the agent one talks to. */
export function holdCommands({ kernel, control, agent }: Panel): Command[] {
  const { paused } = kernel.stats
  return [
    {
      id: 'hold-all',
      label: paused ? 'Resume all' : 'Pause all',
      icon: paused ? 'play' : 'pause',
      hint: 'every run of every tab',
      run: () => control.hold(!paused),
    },
    ...(agent
      ? [
          {
            id: 'hold-agent',
            label: `${agent.paused ? 'Resume' : 'Pause'} ${agent.name}`,
            icon: agent.paused ? 'play' : 'pause',
            hint: 'agent',
            run: () => control.holdAgent(agent),
          } as const,
        ]
      : []),
  ]
}

/** Each run: pause, resume, class, stop. And who goes next. */
export function activityCommands({ runs, control, kernel, agents, agent: here }: Panel): Command[] {
  const classes = Object.keys(classNames) as SchedulingClass[]
  const policies = Object.keys(policyNames) as SchedulingPolicy[]
  return [
    ...runs.active.slice(0, RUNS).flatMap((run): Command[] => {
      const target = [{ run: run.id, name: run.agentName, class: run.class, weight: run.weight }]
      const paused = run.state === 'paused'
      const of = `${run.agentName}: ${run.title}`
      return [
        {
          id: `hold:${run.id}`,
          label: `${paused ? 'Resume' : 'Pause'} ${of}`,
          icon: paused ? 'play' : 'pause',
          hint: 'run',
          run: () => (paused ? control.resume(target) : control.pause(target)),
        },
        ...classes
          .filter((one) => one !== run.class)
          .map((one): Command => ({
            id: `class:${one}:${run.id}`,
            label: `Make ${one} ${of}`,
            icon: 'sliders',
            hint: 'class',
            keywords: ['renice', 'priority'],
            run: () => control.renice(target, { class: one }),
          })),
        {
          id: `renice:${run.id}`,
          label: `Class and share of ${of}`,
          icon: 'sliders',
          keywords: ['renice', 'weight', 'priority'],
          run: () => (control.renicing = target),
        },
        {
          id: `kill:${run.id}`,
          label: `Stop ${of}`,
          icon: 'stop',
          keywords: ['kill'],
          run: () => (control.stopping = target),
        },
      ]
    }),
    ...agents.list
      .filter(({ id }) => id !== here?.id)
      .map((agent): Command => ({
        id: `hold-agent:${agent.id}`,
        label: `${agent.paused ? 'Resume' : 'Pause'} ${agent.name}`,
        icon: agent.paused ? 'play' : 'pause',
        hint: 'agent',
        run: () => control.holdAgent(agent),
      })),
    ...policies
      .filter((policy) => policy !== kernel.stats.policy)
      .map((policy): Command => ({
        id: `policy:${policy}`,
        label: `Who goes next: ${policyNames[policy].toLowerCase()}`,
        icon: 'activity',
        hint: 'policy',
        keywords: ['scheduler', policy],
        run: () => control.schedule(policy),
      })),
  ]
}
