/** Everything the palette can do, from what the panel knows now. */
import { bytes } from '../parts/format.ts'
import { activityCommands, holdCommands } from './activity-commands.ts'
import type { Command, CommandGroup } from './command.ts'
import { filesCommands } from './files-commands.ts'
import { memoryCommands } from './memory-commands.ts'
import type { Panel } from '../state/panel.svelte.ts'
import { roomNames, rooms } from '../state/route.svelte.ts'
import { themes } from '../state/theme.svelte.ts'

export function commandsOf(panel: Panel): CommandGroup[] {
  const groups = [
    { heading: 'Now', commands: nowCommands(panel) },
    { heading: 'Here', commands: panel.here() },
    { heading: 'Go to', commands: roomCommands(panel) },
    { heading: 'Activity', commands: activityCommands(panel) },
    { heading: 'Memory', commands: memoryCommands(panel) },
    { heading: 'Files', commands: filesCommands(panel) },
    { heading: 'Agents', commands: agentCommands(panel) },
    { heading: 'Models', commands: modelCommands(panel) },
    { heading: 'Settings', commands: settingCommands(panel) },
  ]
  return groups.filter(({ commands }) => commands.length > 0)
}

function nowCommands(panel: Panel): Command[] {
  const { agent } = panel
  const start: Command = {
    id: 'start',
    label: 'Start now',
    icon: 'play',
    hint: 'with the starter model',
    run: () => panel.start.begin(),
  }
  const stop: Command = {
    id: 'stop-all',
    label: 'Stop all',
    icon: 'stop',
    hint: 'every run of every tab',
    run: () => panel.stopAll(),
  }
  // What stops or holds the work of every tab is never what Enter does first.
  if (!agent) return [start, ...holdCommands(panel), stop]
  const conversation = panel.conversation(agent.id)
  const last = conversation.turns.findLast(({ role }) => role === 'assistant')
  return [
    ...(conversation.busy
      ? [{ id: 'stop', label: `Stop ${agent.name}`, icon: 'stop', run: () => conversation.stop() } as const]
      : []),
    {
      id: 'write',
      label: `Write to ${agent.name}`,
      icon: 'edit',
      keywords: ['message'],
      run: () => write(panel, agent.id),
    },
    ...(last && !conversation.busy
      ? ([
          { id: 'retry', label: 'Retry the last answer', icon: 'retry', run: () => conversation.retry(last.run) },
          {
            id: 'copy',
            label: 'Copy the last answer',
            icon: 'copy',
            run: () => navigator.clipboard.writeText(last.text),
          },
        ] as const)
      : []),
    ...holdCommands(panel),
    stop,
  ]
}

function write(panel: Panel, agent: string): void {
  panel.talkTo(agent)
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[aria-label="Message"]')?.focus())
}

function roomCommands({ route }: Panel): Command[] {
  return [
    ...rooms.map((room): Command => ({
      id: `room:${room}`,
      label: roomNames[room],
      icon: room,
      hint: 'room',
      run: () => route.go(room),
    })),
    {
      id: 'room:activity',
      label: 'Activity',
      icon: 'activity',
      hint: 'who has the model',
      keywords: ['top', 'timeline', 'queue', 'latency', 'scheduler'],
      run: () => route.go('agents', 'activity'),
    },
  ]
}

function agentCommands(panel: Panel): Command[] {
  const { agent } = panel
  return [
    ...panel.agents.list.map(({ id, name }): Command => ({
      id: `talk:${id}`,
      label: `Talk to ${name}`,
      icon: 'talk',
      run: () => write(panel, id),
    })),
    { id: 'new-agent', label: 'New agent', icon: 'plus', run: () => (panel.agentDialog = { kind: 'new' }) },
    ...(agent
      ? ([
          {
            id: 'window',
            label: `What ${agent.name} has in mind`,
            icon: 'window',
            keywords: ['context', 'window', 'pages', 'pin'],
            run: () => panel.route.go('agents', agent.id, 'window'),
          },
          {
            id: 'edit-agent',
            label: `Edit ${agent.name}`,
            icon: 'edit',
            run: () => (panel.agentDialog = { kind: 'edit', agent }),
          },
          {
            id: 'clear',
            label: `Empty the conversation with ${agent.name}`,
            icon: 'trash',
            run: () => (panel.clearing = agent),
          },
          { id: 'delete-agent', label: `Delete ${agent.name}`, icon: 'trash', run: () => (panel.deleting = agent) },
        ] as const)
      : []),
  ]
}

function modelCommands({ models, route }: Panel): Command[] {
  const usable = models.list.filter(({ fits }) => fits.ok)
  return [
    ...usable.map(({ id, name, state, sizeBytes }): Command => {
      const kind = state.kind
      if (kind === 'ready')
        return {
          id: `unload:${id}`,
          label: `Unload ${name}`,
          icon: 'models',
          hint: 'in memory',
          run: () => models.unload(id),
        }
      if (kind === 'downloading')
        return { id: `pause:${id}`, label: `Pause ${name}`, icon: 'pause', run: () => models.pause(id) }
      const hint = kind === 'stored' ? 'on this device' : sizeBytes === null ? '' : bytes(sizeBytes)
      return {
        id: `load:${id}`,
        label: `Load ${name}`,
        icon: 'download',
        hint,
        run: () => (route.go('models'), models.load(id)),
      }
    }),
    ...models.ready
      .filter(({ id }) => id !== models.default)
      .map(({ id, name }): Command => ({
        id: `default:${id}`,
        label: `Answer with ${name}`,
        icon: 'check',
        run: () => models.setDefault(id),
      })),
    {
      id: 'add-model',
      label: 'Add a model',
      icon: 'plus',
      keywords: ['url', 'hugging face', 'server', 'gguf', 'ollama'],
      run: () => route.go('models', 'add'),
    },
  ]
}

function settingCommands({ theme, kernel, notices }: Panel): Command[] {
  return [
    ...themes.map((one): Command => ({
      id: `theme:${one}`,
      label: { system: 'Theme of the system', light: 'Light theme', dark: 'Dark theme' }[one],
      icon: 'settings',
      run: () => theme.set(one),
    })),
    {
      id: 'keep',
      label: 'Keep what is stored',
      icon: 'check',
      keywords: ['persist', 'storage'],
      run: async () => {
        const kept = await kernel.keep()
        notices.tell(
          kept
            ? 'The browser will keep what Hearth stores.'
            : 'The browser did not promise to keep it. Installing the app often helps.',
        )
      },
    },
  ]
}
