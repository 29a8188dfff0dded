/** The GPU in the worker's own global scope: what it is, and when it is lost. */
import type { GpuReport, NoGpu } from './link.ts'

/** Asks for the adapter that WebLLM would get. */
export async function probeGpu(): Promise<GpuReport | NoGpu> {
  if (!('gpu' in navigator)) return { reason: 'this browser has no WebGPU here' }
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null)
  if (!adapter) return { reason: 'the browser offers no graphics adapter' }
  const { description, vendor, architecture, isFallbackAdapter: fallback } = adapter.info
  const name = [description, [vendor, architecture].filter((part) => part !== '').join(' ')].find((part) => part !== '')
  return {
    name: name ?? 'WebGPU',
    shaderF16: adapter.features.has('shader-f16'),
    storageBufferBytes: adapter.limits.maxStorageBufferBindingSize,
    fallback,
  }
}

/**
 * Tells of every device that is lost from now on. WebLLM makes its device itself, and when it is lost only logs it; so this
 * listens in at the one place where devices are made.
 */
export function watchDevices(onLost: (info: GPUDeviceLostInfo) => void): Disposable {
  if (!('GPUAdapter' in globalThis)) return { [Symbol.dispose]: () => {} }
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its receiver below
  const original = GPUAdapter.prototype.requestDevice
  GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, descriptor) {
    const device = await original.call(this, descriptor)
    void device.lost.then(onLost)
    return device
  }
  return { [Symbol.dispose]: () => void (GPUAdapter.prototype.requestDevice = original) }
}
