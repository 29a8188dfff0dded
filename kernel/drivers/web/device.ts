/** What this device offers an engine: the GPU adapter and its limits, memory, threads. */
import type { DeviceReport } from '../../abi/index.ts'

/** Names of adapters that compute on the CPU, where the browser does not say `isFallbackAdapter`. */
const SOFTWARE = /swiftshader|llvmpipe|basic render/i

/** Asks for an adapter anew each time: a GPU can be lost, and come back. */
export async function reportDevice(): Promise<DeviceReport> {
  const { deviceMemory, hardwareConcurrency } = navigator as { deviceMemory?: number; hardwareConcurrency?: number }
  return {
    ...(await reportGpu()),
    memoryBytes: deviceMemory === undefined ? null : deviceMemory * 1024 ** 3,
    threads: Math.max(1, hardwareConcurrency ?? 1),
  }
}

async function reportGpu(): Promise<Pick<DeviceReport, 'gpu' | 'gpuReason'>> {
  const { gpu } = navigator as { gpu?: GPU }
  if (gpu === undefined) return { gpu: null, gpuReason: 'This browser has no WebGPU.' }
  let adapter: GPUAdapter | null
  try {
    adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  } catch (error) {
    return { gpu: null, gpuReason: `WebGPU failed: ${error instanceof Error ? error.message : String(error)}` }
  }
  if (adapter === null) return { gpu: null, gpuReason: 'WebGPU found no graphics adapter it can use.' }
  const { info, limits, features } = adapter
  const name = info.description || [info.vendor, info.architecture].filter(Boolean).join(' ') || 'GPU'
  return {
    gpu: {
      name,
      shaderF16: features.has('shader-f16'),
      maxBufferBytes: limits.maxBufferSize,
      maxStorageBufferBytes: limits.maxStorageBufferBindingSize,
      fallback: info.isFallbackAdapter || SOFTWARE.test(`${name} ${info.architecture} ${info.device}`),
    },
  }
}
