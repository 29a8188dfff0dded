/** What goes wrong in WebLLM, in sentences for a person. */
import { HearthError } from '../../abi/index.ts'
import { isThisMachine } from '../../core/engines/this-machine.ts'
import type { FetchFault } from './fetch-watch.ts'
import { f32Twin } from './model-name.ts'

const ENGINE = 'webllm'
/** UTF-16 units of a foreign message that are passed on. */
const QUOTE_UNITS = 400

export function noWebgpu(reason: string): HearthError<'unsupported'> {
  return new HearthError(
    'unsupported',
    `WebLLM needs a graphics card that this browser can compute on: ${reason}. Choose a GGUF model; those also run on the CPU.`,
    { feature: 'webgpu' },
  )
}

/** @param exists whether WebLLM's list has a model of that id */
export function noShaderF16(model: string, gpu: string, exists: (id: string) => boolean): HearthError<'unsupported'> {
  const twin = f32Twin(model)
  const advice = twin !== null && exists(twin) ? `Take “${twin}” instead.` : 'Take a model whose name says f32 instead.'
  return new HearthError(
    'unsupported',
    `“${model}” computes in 16-bit floats, which the graphics adapter here (${gpu}) cannot (it has no shader-f16). ${advice}`,
    { feature: 'shader-f16' },
  )
}

export function buffersTooSmall(model: string, neededBytes: number): HearthError<'out-of-memory'> {
  const megabytes = Math.ceil(neededBytes / 1024 / 1024)
  return new HearthError(
    'out-of-memory',
    `“${model}” needs a single GPU buffer of ${megabytes} MB, more than the graphics adapter here allows. Choose a smaller model.`,
    { model, neededBytes },
  )
}

export function deviceLost(reason: string): HearthError<'engine-lost'> {
  return new HearthError(
    'engine-lost',
    `The graphics device was lost (${reason}). What was written so far is kept; the model is loaded again.`,
    { engine: ENGINE, reason },
  )
}

export function takenOver(): HearthError<'engine-lost'> {
  const reason = 'another kernel has taken over'
  return new HearthError('engine-lost', `The GPU engine was lost: ${reason}.`, { engine: ENGINE, reason })
}

export function outOfMemory(model: string, neededBytes: number | null): HearthError<'out-of-memory'> {
  return new HearthError(
    'out-of-memory',
    `The graphics card ran out of memory while loading “${model}”. Close other tabs, or choose a smaller model.`,
    { model, neededBytes },
  )
}

/** What is known when a load fails. */
export interface LoadFailureFacts {
  readonly model: string
  readonly neededBytes: number | null
  readonly fault: FetchFault | null
  readonly receivedBytes: number
  readonly deviceLost: boolean
}

export function loadFailure(error: unknown, facts: LoadFailureFacts): HearthError {
  const { model, neededBytes, fault, receivedBytes } = facts
  if (error instanceof HearthError) return error as HearthError
  if (fault) return downloadFailed(model, fault, receivedBytes)
  const said = textOf(error)
  if (/QuotaExceeded|quota/i.test(said)) {
    return new HearthError(
      'storage-full',
      `The browser’s storage is full; “${model}” does not fit. What was fetched is kept. Free space in Settings, then go on.`,
      { usageBytes: null, quotaBytes: null },
    )
  }
  if (facts.deviceLost || nameOf(error) === 'DeviceLostError' || /out of memory|allocation failed/i.test(said)) {
    return outOfMemory(model, neededBytes)
  }
  if (/unable to find a compatible gpu|requestdevice|cannot initialize runtime/i.test(said)) return noWebgpu(said)
  return new HearthError(
    'bad-model',
    `“${model}” could not be set up: ${said}. Its library must be built for the WebLLM release that Hearth has.`,
    { model, reason: said },
  )
}

function downloadFailed(model: string, { url, status }: FetchFault, receivedBytes: number): HearthError {
  const { host, hostname } = new URL(url)
  const offline = status === null && (navigator as { onLine?: boolean }).onLine === false && !isThisMachine(hostname)
  const why = offline
    ? 'This device is offline. Go online, then load it again'
    : status === null
      ? `${host} did not answer. Check the connection, then load it again`
      : status === 404
        ? `${host} does not have it (any more). Check the address, or choose another model`
        : `${host} answered with status ${status}. Try again later`
  return new HearthError('download-failed', `“${model}” could not be downloaded. ${why}; what was fetched is kept.`, {
    url,
    status,
    offline,
    receivedBytes,
  })
}

/** For an answer that failed while the device lives on. */
export function answerFailure(error: unknown): HearthError {
  if (error instanceof HearthError) return error as HearthError
  const said = textOf(error)
  if (nameOf(error) === 'ContextWindowSizeExceededError') {
    const [tokens = 0, limitTokens = 0] = [...said.matchAll(/\d+/g)].map(([digits]) => Number(digits))
    return new HearthError(
      'context-overflow',
      `The conversation has ${tokens} tokens, and the model can hold ${limitTokens}. Start a new one or shorten it.`,
      { tokens, limitTokens },
    )
  }
  return new HearthError('engine-failed', `WebLLM could not answer: ${said}`, {
    engine: ENGINE,
    reason: said,
    status: null,
  })
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : ''
}

function textOf(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).trim().replace(/\s+/g, ' ')
  return text.length > QUOTE_UNITS ? `${text.slice(0, QUOTE_UNITS)}…` : text
}
