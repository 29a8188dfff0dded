/** An agent as the form has it, until it is saved. Limits are text until then. */
import type { Agent, AgentOptions, Budget, SchedulingClass } from '../../../sdk/index.ts'
import { firstAgent } from '../state/agents.svelte.ts'

export class AgentDraft {
  name = $state('')
  instructions = $state('')
  tools = $state<string[]>([])
  model = $state('')
  class = $state<SchedulingClass>('normal')
  weight = $state(1)
  limits = $state({ tokens: '', seconds: '', calls: '' })
  perDay = $state(false)

  readonly wrong = $derived({
    tokens: !isLimit(this.limits.tokens, true),
    seconds: !isLimit(this.limits.seconds, false),
    calls: !isLimit(this.limits.calls, true),
  })
  /** What stands in the way of saving it, for a person; empty when nothing does. */
  readonly fault = $derived(
    this.wrong.tokens || this.wrong.seconds || this.wrong.calls
      ? 'A limit is a number above 0, or empty for no limit.'
      : '',
  )

  constructor(agent: Agent | null) {
    this.name = agent?.name ?? ''
    this.instructions = agent?.instructions ?? firstAgent.instructions ?? ''
    this.tools = [...(agent?.tools ?? firstAgent.tools ?? [])]
    this.model = agent?.model ?? ''
    this.class = agent?.class ?? 'normal'
    this.weight = agent?.weight ?? 1
    const budget = agent?.budget
    this.limits = { tokens: text(budget?.tokens), seconds: text(budget?.seconds), calls: text(budget?.calls) }
    this.perDay = budget?.perDay ?? false
  }

  settings(): AgentOptions {
    const { instructions, weight } = this
    // A plain list: what reacts cannot be sent.
    const tools = [...this.tools]
    const model = this.model === '' ? null : this.model
    return { name: this.name.trim(), instructions, tools, model, class: this.class, weight, budget: this.#budget() }
  }

  #budget(): Budget | null {
    const { tokens, seconds, calls } = this.limits
    const given = Object.entries({ tokens, seconds, calls }).filter(([, value]) => value.trim() !== '')
    if (given.length === 0) return null
    return { ...Object.fromEntries(given.map(([kind, value]) => [kind, amount(value)])), perDay: this.perDay }
  }
}

/** People write 20,000 and 20 000. */
function amount(value: string): number {
  return Number(value.replace(/[\s,_']/g, ''))
}

function isLimit(value: string, whole: boolean): boolean {
  const number = amount(value)
  return value.trim() === '' || (Number.isFinite(number) && number > 0 && (!whole || Number.isInteger(number)))
}

function text(limit: number | undefined): string {
  return limit === undefined ? '' : String(limit)
}
