/**
 * Has a model write, as a job of the background class like any other: the scheduler takes the model from it at a token when
 * somebody else needs it. Only a model that is loaded already, and only one on this machine: nobody is asked here whether
 * memories may be sent to a server.
 */
import type { KernelStats } from '../../../abi/index.ts'
import type { EngineMessage } from '../../engines/engine.ts'
import type { Models, ReadyModel } from '../../engines/generation.ts'
import type { Random } from '../../platform.ts'
import { fixedSchedulable } from '../../scheduler/schedulable.ts'
import { GROUP_UNITS, SUMMARY_TOKENS } from './param.ts'

/** What consolidation needs of models. */
export interface ConsolidationModels extends Pick<Models, 'generate'> {
  stats(): KernelStats
  known(model: string | null): ReadyModel | null
  /** Calls `listener` when answers begin, end or wait, of all engines together, until disposed of. */
  onLoad(listener: (load: { running: number; waiting: number }) => void): Disposable
}

/** A switch that a person holds everything with. */
export interface Everything {
  readonly on: boolean
  subscribe(listener: () => void): Disposable
}

export class Summariser {
  readonly #models: ConsolidationModels
  readonly #everything: Everything
  readonly #random: Random
  /** Answers of its own that are written or wait now. */
  #own = 0

  constructor(deps: { models: ConsolidationModels; everything: Everything; random: Random }) {
    this.#models = deps.models
    this.#everything = deps.everything
    this.#random = deps.random
  }

  get own(): number {
    return this.#own
  }

  /** The model it would use now, and the UTF-16 units of facts that fit its window; null without one. */
  model(): { readonly id: string; readonly units: number } | null {
    const local = this.#models.stats().engines.find(({ engine, model }) => model !== null && engine !== 'openai')
    const ready = local ? this.#models.known(local.model) : null
    return ready ? { id: ready.id, units: Math.min(GROUP_UNITS, ready.contextTokens) } : null
  }

  /**
   * @returns null when the answer was cut, undefined when the model is no longer loaded
   * @throws HearthError what the engine threw, or the signal's reason
   */
  async write(
    model: string,
    messages: readonly EngineMessage[],
    signal: AbortSignal,
  ): Promise<string | null | undefined> {
    const everything = this.#everything
    const by = fixedSchedulable({
      ...{ id: this.#random.id('summary'), flow: 'consolidation', name: 'Tidying up memory' },
      ...{ class: 'background', weight: 1, deadline: null },
    })
    const held = {
      ...by,
      get held() {
        return everything.on
      },
      subscribe: (listener: () => void) => everything.subscribe(listener),
    }
    const request = { messages, tools: [], temperature: 0, topP: 1, maxTokens: SUMMARY_TOKENS }
    let text = ''
    this.#own += 1
    try {
      for await (const event of this.#models.generate(request, { model, by: held, signal })) {
        // Going on would have it loaded again.
        if (event.type === 'paused' && event.by === 'engine') return undefined
        if (event.type === 'text') text += event.text
        if (event.type === 'finish') return event.reason === 'stop' ? text : null
      }
      return null
    } finally {
      this.#own -= 1
    }
  }
}
