/** How much room a model's window has for a conversation, beside the instructions, the tools and the answer. */
import type { Agent, Memory } from '../../abi/index.ts'
import type { EngineTool } from '../engines/engine.ts'
import { ANSWER_SHARE } from '../param.ts'
import { utf8Bytes, type Extent, type TokenEstimator } from './estimate.ts'
import { fitBlocks, linesOfBlock, textOfHead, type ShownBlock } from './head.ts'
import { extentOf, systemOf } from './messages.ts'
import { BLOCKS_SHARE } from './param.ts'
import type { Room } from './plan.ts'

export interface Rooms {
  of(model: string | null, fixed: Fixed, tools: readonly EngineTool[], budget: number): Room
}

/** What is in every window of an agent. */
export interface Fixed {
  readonly instructions: string
  readonly blocks: readonly Memory[]
}

export function createRooms(estimator: TokenEstimator): Rooms {
  return {
    of(model, { instructions, blocks: memories }, tools, budget) {
      const tokensOf = (extent: Extent): number => estimator.tokens(model, extent)
      const perByte = (tokensOf({ items: 0, bytes: 1_000, counted: 0 }) || 1) / 1_000
      const blocks = fitBlocks(memories, (budget * BLOCKS_SHARE) / perByte, bytesOfBlock)
      const head = textOfHead({ instructions, standing: [], blocks })
      return { model, budget, blocks, tokensOf, fixed: extentOf(systemOf(head), tools, () => undefined) }
    },
  }
}

/** What a block adds to the head. */
export const bytesOfBlock = (block: ShownBlock): number =>
  linesOfBlock(block).reduce((sum, line) => sum + utf8Bytes(line) + 1, 0)

/** Tokens of a window of `contextTokens` that are kept free for the answer. */
export function shareOf({ sampling }: Agent, contextTokens: number): number {
  return Math.min(sampling.maxTokens, Math.floor(contextTokens * ANSWER_SHARE))
}
