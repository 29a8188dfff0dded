/** How much of a model's window and how many slots fit the memory the kernel gives the local engine. */
import { ggufSlots, kvBytesPerToken, type GgufHeader } from '../../core/engines/gguf.ts'
import type { LoadRequest } from '../../core/engines/engine.ts'
import type { LoadPlan } from './link.ts'

export function planLoad(request: LoadRequest, header: GgufHeader): LoadPlan {
  const contextTokens = Math.max(1, Math.min(request.contextTokens, header.contextTokens ?? request.contextTokens))
  const windowBytes = kvBytesPerToken(header) * contextTokens
  const slots = ggufSlots(header, contextTokens)
  return {
    model: request.model,
    contextTokens,
    slots,
    weightBytes: header.weightBytes,
    neededBytes: header.weightBytes + windowBytes * slots,
  }
}
