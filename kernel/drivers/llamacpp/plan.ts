/** How much of a model's window, how many slots and how many kept conversations fit the memory the local engine may take. */
import { ggufRetains, ggufSlots, kvBytesPerToken, type GgufHeader } from '../../core/engines/gguf.ts'
import type { LoadRequest } from '../../core/engines/engine.ts'
import type { LoadPlan } from './link.ts'

export function planLoad(request: LoadRequest, header: GgufHeader): LoadPlan {
  const contextTokens = Math.max(1, Math.min(request.contextTokens, header.contextTokens ?? request.contextTokens))
  const windowBytes = kvBytesPerToken(header) * contextTokens
  const slots = ggufSlots(header, contextTokens)
  const retains = ggufRetains(header, contextTokens)
  return {
    model: request.model,
    contextTokens,
    slots,
    retains,
    weightBytes: header.weightBytes,
    neededBytes: header.weightBytes + windowBytes * (slots + retains),
  }
}
