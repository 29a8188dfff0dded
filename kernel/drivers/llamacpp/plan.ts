/** How much of a model's window and how many slots fit the memory the kernel gives the local engine. */
import { kvBytesPerToken, type GgufHeader } from '../../core/engines/gguf.ts'
import type { LoadRequest } from '../../core/engines/engine.ts'
import { LLAMA_KV_BYTES, LLAMA_SLOTS } from '../../core/param.ts'
import type { LoadPlan } from './link.ts'

/** Every slot gets a whole window, so that answers never crowd each other out: fewer slots when windows are large. */
export function planLoad(request: LoadRequest, header: GgufHeader): LoadPlan {
  const contextTokens = Math.max(1, Math.min(request.contextTokens, header.contextTokens ?? request.contextTokens))
  const windowBytes = kvBytesPerToken(header) * contextTokens
  const slots = Math.max(1, Math.min(LLAMA_SLOTS, Math.floor(LLAMA_KV_BYTES / Math.max(1, windowBytes))))
  return {
    model: request.model,
    contextTokens,
    slots,
    weightBytes: header.weightBytes,
    neededBytes: header.weightBytes + windowBytes * slots,
  }
}
