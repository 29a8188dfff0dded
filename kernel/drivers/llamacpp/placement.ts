/** Decides where llama.cpp computes, and says so truthfully: it falls back to the CPU without a word by itself. */
import type { Placement } from '../../abi/index.ts'

/** Bytes of weights up to which one thread is fastest: a token takes less time than waking the others. */
const ONE_THREAD_BYTES = 64 * 1024 * 1024

/** Threads beyond these only wait for memory. */
const MOST_THREADS = 8

export interface PlacementPlan {
  /** Layers to put on the GPU: all of them, or none. */
  gpuLayers: number
  /** Threads to ask for; 1 keeps to the build's single-threaded path. */
  threads: number
  /** Name of the GPU, when `gpuLayers` is not 0. */
  gpu: string | null
  /** Why not the GPU. */
  reason: string | null
}

const ALL_LAYERS = 99_999

export async function planPlacement(weightBytes: number): Promise<PlacementPlan> {
  const threads = chooseThreads(weightBytes)
  const cpu = (reason: string): PlacementPlan => ({ gpuLayers: 0, threads, gpu: null, reason })
  if (!('gpu' in navigator)) return cpu('This browser has no WebGPU.')
  // llama.cpp waits for the GPU inside WebAssembly, which takes stack switching.
  if (!('Suspending' in WebAssembly)) return cpu('This browser cannot suspend WebAssembly (JSPI).')
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null)
  if (!adapter) return cpu('WebGPU offers no adapter here.')
  const { description, vendor, architecture } = adapter.info
  const name = description || [vendor, architecture].filter(Boolean).join(' ') || 'WebGPU'
  if (!adapter.features.has('shader-f16')) return cpu(`The adapter (${name}) has no 16-bit floats (shader-f16).`)
  return { gpuLayers: ALL_LAYERS, threads, gpu: name, reason: null }
}

function chooseThreads(weightBytes: number): number {
  if (!self.crossOriginIsolated || weightBytes <= ONE_THREAD_BYTES) return 1
  // Half of the logical cores: two on one core share its arithmetic, and the page needs some too.
  return Math.max(1, Math.min(MOST_THREADS, Math.floor(navigator.hardwareConcurrency / 2)))
}

/** Where the model really is, from the plan and what llama.cpp wrote while loading. */
export function describePlacement(plan: PlacementPlan, log: readonly string[], threads: number): Placement {
  const [, onGpu, all] = /offloaded (\d+)\/(\d+) layers to GPU/.exec(log.join('\n')) ?? []
  const layers = Number(onGpu ?? 0)
  if (plan.gpu !== null && layers > 0) {
    return { on: 'gpu', name: layers === Number(all) ? plan.gpu : `${plan.gpu} (${onGpu} of ${all} layers)` }
  }
  const reason = plan.reason ?? 'llama.cpp could not use the GPU and fell back.'
  return { on: 'cpu', name: threads === 1 ? '1 thread' : `${threads} threads`, reason }
}
