/**
 * A scripted engine: NOT a model. It plays back parts that a test wrote, one delta a part, so that schedulers, run loops
 * and recovery can be exercised in Node at exact points, and only for that. A real model's behaviour is tested with the
 * starter model (test/browser). It ignores sampling, stop strings and response formats; a text part counts as one token.
 */
import { HearthError } from '../../abi/index.ts'
import type { EngineKind, Placement } from '../../abi/index.ts'
import type { Delta, Engine, EngineToolCall, GenerateRequest, LoadRequest } from '../../core/engines/engine.ts'

/** One step of a scripted answer. */
export type ScriptedPart =
  /** A text delta of one token. */
  | string
  | { call: EngineToolCall }
  /** The engine is lost here, for every request in flight; the text is the reason. */
  | { lose: string }
  /** This request alone fails here. */
  | { fail: HearthError }

/**
 * The whole answer to a request, from its first token, also when `request.prefix` is set: the engine leaves out what the
 * prefix already has. `index` counts the engine's requests from 0.
 */
export type Script = (request: GenerateRequest, index: number) => Iterable<ScriptedPart>

export interface ScriptedOptions {
  script: Script
  /** What it claims to be; `llamacpp` by default. */
  kind?: EngineKind
  /** 2 by default. One request more fails with `engine-failed`: keeping within the slots is the caller's duty. */
  slots?: number
  /** What it claims to keep warm; 0 by default. */
  retains?: number
  /** What it claims to begin beyond its slots while others stop, and does; 0 by default. */
  spare?: number
  /** Window in tokens; 2,048 by default. */
  contextTokens?: number
  /** Whether the loaded model says that it uses tools; true by default. */
  tools?: boolean
  placement?: Placement
  /** Awaited before each delta: a test holds the engine here. `delta` counts the request's own from 0. */
  pace?: (request: GenerateRequest, delta: number) => Promise<void>
  /** Awaited inside `load`; what it throws, `load` throws. */
  onLoad?: (request: LoadRequest, signal: AbortSignal) => Promise<void>
}

export interface ScriptedEngine extends Engine {
  /** Every request so far, oldest first. */
  readonly requests: readonly GenerateRequest[]
  /** Requests being answered now, and the most there ever were at once. */
  readonly active: number
  readonly peak: number
  /** Id of the model that is loaded. */
  readonly loaded: string | null
  readonly disposed: boolean
  /** Ends the engine as a closed tab would. */
  lose(reason: string): void
}

export function createScriptedEngine(options: ScriptedOptions): ScriptedEngine {
  const slots = options.slots ?? 2
  const spare = options.spare ?? 0
  const kind = options.kind ?? 'llamacpp'
  const gone = new AbortController()
  const requests: GenerateRequest[] = []
  let active = 0
  let peak = 0
  let loaded: string | null = null
  let disposed = false

  const lose = (reason: string) => {
    gone.abort(new HearthError('engine-lost', `The scripted engine was lost: ${reason}`, { engine: kind, reason }))
  }

  async function* generate(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<Delta, void, undefined> {
    const stop = AbortSignal.any([signal, gone.signal])
    stop.throwIfAborted()
    if (loaded === null) throw new HearthError('no-model', 'The scripted engine has no model loaded.', { model: null })
    if (active >= slots + spare) {
      const reason = `${slots + 1} requests at once for ${slots} slots`
      throw new HearthError('engine-failed', `The scripted engine refused: ${reason}.`, {
        engine: kind,
        reason,
        status: null,
      })
    }
    const index = requests.push(request) - 1
    active += 1
    peak = Math.max(peak, active)
    try {
      yield* play(options, request, index, stop, lose)
    } finally {
      active -= 1
    }
  }

  return {
    kind,
    requests,
    lost: gone.signal,
    lose,
    get active() {
      return active
    },
    get peak() {
      return peak
    },
    get loaded() {
      return loaded
    },
    get disposed() {
      return disposed
    },
    async load(request, onProgress, signal) {
      const stop = AbortSignal.any([signal, gone.signal])
      stop.throwIfAborted()
      loaded = null
      const bytes = request.bytes?.size ?? 0
      onProgress({ phase: 'load', doneBytes: 0, totalBytes: bytes, bytesPerSecond: 0, secondsLeft: null })
      await options.onLoad?.(request, stop)
      stop.throwIfAborted()
      onProgress({ phase: 'load', doneBytes: bytes, totalBytes: bytes, bytesPerSecond: 0, secondsLeft: 0 })
      loaded = request.model
      return {
        contextTokens: Math.min(request.contextTokens, options.contextTokens ?? 2048),
        slots,
        retains: options.retains ?? 0,
        spare,
        continues: true,
        tools: options.tools ?? true,
        placement: options.placement ?? { on: 'cpu', name: 'a script, not a model' },
      }
    },
    generate,
    async unload() {
      loaded = null
    },
    async [Symbol.asyncDispose]() {
      disposed = true
      loaded = null
      lose('disposed of')
    },
  }
}

async function* play(
  { script, pace }: ScriptedOptions,
  request: GenerateRequest,
  index: number,
  stop: AbortSignal,
  lose: (reason: string) => void,
): AsyncGenerator<Delta, void, undefined> {
  let skip = request.prefix?.length ?? 0
  let tokens = 0
  let called = false
  let reason: 'stop' | 'length' | 'tool-calls' | null = null
  let delta = 0
  for (const part of script(request, index)) {
    if (typeof part === 'string' && skip >= part.length) {
      skip -= part.length
      continue
    }
    if (typeof part === 'string' && tokens >= request.maxTokens) {
      reason = 'length'
      break
    }
    await untilAborted(pace ? pace(request, delta) : Promise.resolve(), stop)
    delta += 1
    if (typeof part === 'string') {
      tokens += 1
      yield { type: 'text', text: part.slice(skip), tokens: 1 }
      skip = 0
    } else if ('call' in part) {
      called = true
      tokens += 1
      yield { type: 'tool-call', call: part.call }
    } else if ('lose' in part) {
      lose(part.lose)
    } else {
      throw part.fail
    }
    stop.throwIfAborted()
  }
  yield {
    type: 'finish',
    reason: reason ?? (called ? 'tool-calls' : 'stop'),
    usage: {
      promptTokens: request.messages.length,
      cachedTokens: 0,
      completionTokens: tokens,
      prefillMs: null,
      decodeMs: null,
    },
  }
}

/** Settles as `work` does, or rejects with the signal's reason, whichever is first. */
async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  let onAbort = () => {}
  try {
    await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        onAbort = () => reject(signal.reason)
        signal.addEventListener('abort', onAbort, { once: true })
      }),
    ])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
