/** Which larger models to offer on a first visit: few, that fit, each once, with what to expect of them. Pure. */
import type { DeviceReport, ModelInfo } from '../../../sdk/index.ts'
import { groupBy } from '../parts/group-by.ts'

/** Offered at most; the Models room has the rest. */
const OFFERED = 3

/** Bytes from which a model on the CPU writes slower than people read. */
const SLOW_ON_CPU = 500e6

/** Largest first, because the best that fits is what is asked for; smaller ones for those who will not wait. */
export function betterModels(models: readonly ModelInfo[], device: DeviceReport | null): ModelInfo[] {
  const usable = models.filter(({ source, fits, sizeBytes, engine }) => {
    if (source.kind === 'bundled' || !fits.ok || sizeBytes === null || engine === 'openai') return false
    // WebLLM has only the GPU, and a software GPU takes minutes for what takes seconds.
    return engine !== 'webllm' || device?.gpu?.fallback === false
  })
  const byName = groupBy(usable, ({ name }) => name)
  return [...byName.values()]
    .flatMap((twins) => twins.slice(0, 1))
    .sort((a, b) => (b.sizeBytes ?? 0) - (a.sizeBytes ?? 0))
    .slice(0, OFFERED)
}

export function expected({ engine, sizeBytes }: ModelInfo, device: DeviceReport | null): string {
  const gpu = device?.gpu && !device.gpu.fallback && (engine === 'webllm' || device.gpu.shaderF16)
  if (gpu) return 'runs on your GPU'
  return (sizeBytes ?? 0) > SLOW_ON_CPU ? 'runs on the CPU here, slowly' : 'runs on the CPU here'
}
