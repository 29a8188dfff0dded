/** Turns what wllama and llama.cpp throw or print into Hearth's errors. */
import { HearthError } from '../../abi/index.ts'

const MEMORY = /out of memory|memory access out of bounds|failed to allocate|cannot allocate|bad_alloc|\boom\b/i
const DEVICE_LOST = /device lost/i

/** Longest part of a foreign message worth showing a person. */
const REASON_UNITS = 300

/**
 * llama.cpp threw, and lives on: for a schema or a conversation it cannot take. wllama then reads a result that was never
 * written, whose length is nonsense; the message for that differs between browsers. The reason is in the log.
 */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof Error &&
    /invalid typed array length|out-of-bounds Uint8Array|length out of range/i.test(error.message)
  )
}

/** The runtime is dead: a wasm trap, an abort, or an uncaught error of the worker below. */
export function isCrash(error: unknown): boolean {
  if (isRefusal(error)) return false
  if (typeof ErrorEvent !== 'undefined' && error instanceof ErrorEvent) return true
  if (error instanceof Error) return error.name === 'RuntimeError' || error instanceof WebAssembly.RuntimeError
  return error === 'wllama has crashed, please reload the module'
}

export function outOfMemory(model: string, neededBytes: number | null): HearthError {
  const need = neededBytes === null ? '' : ` It needs about ${Math.ceil(neededBytes / 1e6)} MB.`
  return new HearthError(
    'out-of-memory',
    `“${model}” does not fit the memory this browser gives a page.${need} Choose a smaller model, or close other tabs.`,
    { model, neededBytes },
  )
}

/** For a failed load. `log` is what llama.cpp printed, oldest first. */
export function loadFailure(error: unknown, log: readonly string[], model: string, neededBytes: number): HearthError {
  if (error instanceof HearthError) return error as HearthError
  const said = textOf(error)
  const all = [...log, said].join('\n')
  if (DEVICE_LOST.test(all)) return engineLost('the GPU was lost while the model was loading')
  if (said.includes('File read failed')) {
    return new HearthError(
      'storage-failed',
      `Reading the file of “${model}” failed. If it was moved or changed, add it again.`,
      { reason: clip(said) },
    )
  }
  if (MEMORY.test(all)) return outOfMemory(model, neededBytes)
  // llama.cpp's own reason is the most specific line it printed about the error.
  const line = log.find((one) => /error loading model|unknown model architecture|failed to load|invalid/i.test(one))
  const reason = clip((line ?? said).replace(/^.*error loading model: /, ''))
  return new HearthError('bad-model', `llama.cpp cannot use the file of “${model}”: ${reason}. Try another file.`, {
    model,
    reason,
  })
}

/** For an answer that failed while the runtime lives on. `log` is what llama.cpp printed, oldest first. */
export function answerFailure(error: unknown, log: readonly string[]): HearthError {
  if (error instanceof HearthError) return error as HearthError
  const said = isRefusal(error) ? lastError(log) : textOf(error)
  const [, tokens, limit] =
    /request \((\d+) tokens\) exceeds the available context size \((\d+) tokens\)/.exec(said) ?? []
  if (tokens !== undefined) {
    return new HearthError(
      'context-overflow',
      `The conversation has ${tokens} tokens, and the model can hold ${limit}. Start a new one or shorten it.`,
      { tokens: Number(tokens), limitTokens: Number(limit) },
    )
  }
  const reason = clip(said)
  return new HearthError('engine-failed', `llama.cpp could not answer: ${reason}`, {
    engine: 'llamacpp',
    reason,
    status: null,
  })
}

/** For a runtime that died while answering. */
export function crashFailure(error: unknown, log: readonly string[], model: string, neededBytes: number): HearthError {
  const said = textOf(error)
  const all = [...log.slice(-20), said].join('\n')
  if (DEVICE_LOST.test(all)) return engineLost('the GPU was lost')
  return MEMORY.test(all) ? outOfMemory(model, neededBytes) : engineLost(`llama.cpp crashed: ${clip(said)}`)
}

export function engineLost(reason: string): HearthError {
  return new HearthError('engine-lost', `The local engine stopped: ${reason}. What was written so far is kept.`, {
    engine: 'llamacpp',
    reason,
  })
}

/** llama.cpp prints the reason last; wllama adds its stack and the failure to read a result. */
function lastError(log: readonly string[]): string {
  return log.findLast((line) => !/^Stack trace|^\s*at |^cancel|^Failed to cancel/i.test(line)) ?? 'it gave no reason'
}

function textOf(error: unknown): string {
  if (error instanceof Error) return error.message
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message)
  return String(error)
}

function clip(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ')
  return line.length > REASON_UNITS ? `${line.slice(0, REASON_UNITS)}…` : line
}
