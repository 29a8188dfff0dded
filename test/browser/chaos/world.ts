/**
 * Where chaos runs happen, one after another: an origin, a tab that watches and has the page's tool, and a tab that may
 * die. With llama.cpp the mortal tab lends the engine; what is expensive, a loaded model, is kept from run to run as long
 * as nobody kills it. The scripted engine is in the kernel itself.
 */
import type { AgentHandle } from '../../../sdk/index.ts'
import { asConversation, Effects } from './conversation.ts'
import { follow } from './follow.ts'
import type { ChaosEngine } from './messages.ts'
import { Origin } from './origin.ts'
import { QUESTIONS, REFUNDED, type Asked, type Question } from './plan.ts'
import { Settlements } from './settlements.ts'
import { Tab } from './tab.ts'

/** Links to kernels a tab may have had before it is replaced: a client gives up a kernel that ends again and again. */
const LINKS = 3

const REFUND = {
  name: 'refund',
  description: 'Refund an order.',
  parameters: { type: 'object', properties: { order: { type: 'string' }, amount: { type: 'number' } } },
  effects: 'external',
} as const

export class World {
  readonly engine: ChaosEngine
  readonly origin: Origin
  readonly settlements = new Settlements()
  readonly effects = new Effects()
  /** What each question's conversation is when nobody disturbs it, and how often it called the page's function. */
  readonly undisturbed = new Map<Question, { conversation: unknown; effects: number }>()
  watcher!: Tab
  mortal!: Tab
  failure: string | undefined

  static async open(engine: ChaosEngine): Promise<World> {
    const world = new World(engine)
    world.mortal = await world.openMortal()
    world.watcher = await world.#openWatcher()
    await world.watcher.hearth.models.load('starter')
    for (const question of Object.values(QUESTIONS)) world.undisturbed.set(question, await world.#ask(question))
    return world
  }

  private constructor(engine: ChaosEngine) {
    this.engine = engine
    this.origin = new Origin(engine, (reason) => (this.failure ??= reason))
  }

  create({ tools }: Question, attributes: Partial<Pick<Asked, 'class' | 'weight'>> = {}): Promise<AgentHandle> {
    const sampling = { temperature: 0, maxTokens: 200 }
    return this.watcher.hearth.agents.create({ name: 'Chaos', tools: [...tools], sampling, ...attributes })
  }

  openMortal(): Promise<Tab> {
    return Tab.open(this.origin, this.settlements, 'mortal', this.engine === 'llamacpp' ? ['llamacpp', 'quickjs'] : [])
  }

  /** Replaces tabs that saw too many kernels end; between two runs, so that it is no disturbance. */
  async refresh(): Promise<void> {
    if (this.watcher.links > 1) {
      const before = this.watcher
      await before.die()
      this.watcher = await this.#openWatcher()
    }
    if (this.mortal.links <= LINKS) return
    const before = this.mortal
    this.mortal = await this.openMortal()
    await before.die()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.watcher.die()
    await this.mortal.die()
    this.origin[Symbol.dispose]()
  }

  async #openWatcher(): Promise<Tab> {
    const lends = this.engine === 'scripted' ? (['quickjs'] as const) : []
    const tab = await Tab.open(this.origin, this.settlements, 'watcher', lends)
    tab.hearth.tools.register({
      ...REFUND,
      execute: (_args, { agent }) => {
        this.effects.note(agent)
        return REFUNDED
      },
    })
    return tab
  }

  async #ask(question: Question): Promise<{ conversation: unknown; effects: number }> {
    const agent = await this.create(question)
    await follow(this.watcher, await agent.run(question.text).id, { onEvent: () => {}, executed: () => false })
    const conversation = asConversation((await agent.history()).turns)
    const effects = this.effects.of(agent.id)
    await agent.delete()
    return { conversation, effects }
  }
}
