/** Whether this device can run a model, and if not, why, in a sentence for a person. Pure. */
import type { DeviceReport } from '../../abi/index.ts'
import { GGUF_FILE_BYTES, MEMORY_REPORT_CAP, MEMORY_SHARE } from '../param.ts'
import type { CatalogueEntry } from './catalogue.ts'

export interface Fit {
  ok: boolean
  reason?: string
}

type Needs = Pick<CatalogueEntry, 'engine' | 'sizeBytes' | 'memoryBytes' | 'needs'>

/** The first obstacle is the one told; a model on a server always fits. */
export function fits(model: Needs, device: DeviceReport): Fit {
  if (model.engine === 'openai') return { ok: true }
  const reason = gpuObstacle(model, device) ?? fileObstacle(model) ?? memoryObstacle(model, device)
  return reason === null ? { ok: true } : { ok: false, reason }
}

function gpuObstacle({ needs }: Needs, { gpu, gpuReason }: DeviceReport): string | null {
  if (!gpu) {
    if (!needs.gpu) return null
    return `It needs a GPU, and web pages cannot use one here${gpuReason ? `: ${gpuReason}` : '.'}`
  }
  // What also runs on the CPU is never refused for the GPU's sake.
  if (!needs.gpu) return null
  if (needs.shaderF16 && !gpu.shaderF16) {
    return `It needs a GPU that computes with 16-bit numbers (shader-f16); ${gpu.name} does not offer that here.`
  }
  const largest = Math.min(gpu.maxBufferBytes, gpu.maxStorageBufferBytes)
  if (needs.bufferBytes !== null && needs.bufferBytes > largest) {
    return `It needs GPU buffers of ${bytes(needs.bufferBytes)}; ${gpu.name} allows ${bytes(largest)}.`
  }
  return null
}

function fileObstacle({ engine, sizeBytes }: Needs): string | null {
  if (engine !== 'llamacpp' || sizeBytes === null || sizeBytes <= GGUF_FILE_BYTES) return null
  return `Its file has ${bytes(sizeBytes)}; the engine in the browser opens files of up to ${bytes(GGUF_FILE_BYTES)}.`
}

function memoryObstacle({ memoryBytes }: Needs, device: DeviceReport): string | null {
  const { memoryBytes: available } = device
  if (memoryBytes === null || available === null || available >= MEMORY_REPORT_CAP) return null
  if (memoryBytes <= available * MEMORY_SHARE) return null
  return `It needs ${bytes(memoryBytes)} of memory; this device has ${bytes(available)}, and other tabs need some too.`
}

/** A number of bytes as people read it, such as "1.1 GB". */
export function bytes(count: number): string {
  if (count >= 1e9) return `${trim(count / 1e9)} GB`
  if (count >= 1e6) return `${trim(count / 1e6)} MB`
  return `${Math.ceil(count / 1e3)} kB`
}

function trim(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Math.round(value * 10) / 10)
}
