/**
 * llama.cpp's half of the driver in the kernel: borrows a worker from a tab and speaks with it over the lease's port. A
 * dead worker never answers, so everything waits for `lost` as well. After a crash the worker is killed and `lost` aborts.
 */
import { HearthError } from '../../abi/index.ts'
import type { Progress } from '../../abi/index.ts'
import { readGguf } from '../../core/engines/gguf.ts'
import type {
  Delta,
  Engine,
  EngineFactory,
  GenerateRequest,
  LoadRequest,
  LoadedModel,
} from '../../core/engines/engine.ts'
import type { Lease } from '../../core/lending.ts'
import { SCHEMA_DEPTH } from '../../core/param.ts'
import { planLoad } from './plan.ts'
import { EngineLink } from './engine-link.ts'

export const createLlamaEngine: EngineFactory = async (lender, signal, onWait) => {
  const lease = await lender.borrow('llamacpp', signal, onWait)
  return new LlamaEngine(lease)
}

class LlamaEngine implements Engine {
  readonly kind = 'llamacpp'
  readonly lost: AbortSignal
  readonly #lease: Lease
  readonly #link: EngineLink
  #model: string | null = null

  constructor(lease: Lease) {
    this.#lease = lease
    this.#link = new EngineLink(lease)
    this.lost = this.#link.lost
  }

  async load(
    request: LoadRequest,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<LoadedModel> {
    const { bytes, model } = request
    if (!(bytes instanceof Blob)) {
      const reason = 'its file is not on this device'
      throw new HearthError('bad-model', `“${model}” cannot be loaded: ${reason}. Download it again.`, {
        model,
        reason,
      })
    }
    const stop = AbortSignal.any([signal, this.lost])
    const header = await readGguf(bytes, stop, model)
    const plan = planLoad(request, header)
    this.#model = null
    const answer = await this.#link.call({ t: 'load', bytes, plan }, stop, onProgress)
    this.#model = model
    return {
      contextTokens: plan.contextTokens,
      slots: plan.slots,
      retains: plan.retains,
      // One that begins takes the room of a conversation that is kept; what it reads is in one step with the others' tokens.
      spare: Math.min(1, plan.retains),
      continues: true,
      tools: header.chatTemplate,
      placement: answer.placement ?? { on: 'cpu', name: 'llama.cpp' },
    }
  }

  async *generate(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<Delta, void, undefined> {
    AbortSignal.any([signal, this.lost]).throwIfAborted()
    if (this.#model === null) {
      throw new HearthError('no-model', 'No model is loaded in this engine.', { model: null })
    }
    requireShallow(request)
    yield* this.#link.stream(request, signal)
  }

  async unload(): Promise<void> {
    this.#model = null
    if (this.lost.aborted) return
    await this.#link.call({ t: 'unload' }, this.lost)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#model = null
    this.#link.close()
    await this.#lease[Symbol.asyncDispose]()
  }
}

/** A schema nested some hundred levels deep overflows the stack of whatever reads it, and would take the worker along. */
function requireShallow({ tools, responseFormat }: GenerateRequest): void {
  const schemas: unknown[] = tools.map((tool) => tool.parameters)
  if (responseFormat?.type === 'json_schema') schemas.push(responseFormat.schema)
  let level = schemas
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > SCHEMA_DEPTH) {
      const reason = `a JSON Schema is nested more than ${SCHEMA_DEPTH} levels deep`
      throw new HearthError('engine-failed', `llama.cpp cannot answer this: ${reason}. Simplify it.`, {
        engine: 'llamacpp',
        reason,
        status: null,
      })
    }
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values<unknown>(value as Record<string, unknown>) : [],
    )
  }
}
