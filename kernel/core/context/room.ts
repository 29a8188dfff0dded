/** How much room a model's window has for a conversation, beside the instructions, the tools and the answer. */
import type { Agent } from '../../abi/index.ts'
import type { EngineTool } from '../engines/engine.ts'
import { ANSWER_SHARE } from '../param.ts'
import type { TokenEstimator } from './estimate.ts'
import { extentOf, systemOf } from './messages.ts'
import type { Room } from './plan.ts'

export interface Rooms {
  of(model: string | null, instructions: string, tools: readonly EngineTool[], budget: number): Room
}

export function createRooms(estimator: TokenEstimator): Rooms {
  return {
    of: (model, instructions, tools, budget) => ({
      model,
      budget,
      fixed: extentOf(systemOf(instructions), tools, () => undefined),
      tokensOf: (extent) => estimator.tokens(model, extent),
    }),
  }
}

/** Tokens of a window of `contextTokens` that are kept free for the answer. */
export function shareOf({ sampling }: Agent, contextTokens: number): number {
  return Math.min(sampling.maxTokens, Math.floor(contextTokens * ANSWER_SHARE))
}
