/**
 * Makes `virtual:webllm-catalogue`: the few facts about WebLLM's prebuilt models that a list needs, read from the library
 * while building. Importing the library itself for them would cost every visitor 6.8 MB.
 */
import type { Plugin } from 'vite'

const NAME = 'virtual:webllm-catalogue'

/** What is in one row; drivers/webllm/catalogue.ts makes catalogue entries of them. */
interface Row {
  id: string
  weights: string
  library: string
  memoryMegabytes: number | null
  contextTokens: number | null
  bufferBytes: number | null
  features: readonly string[]
}

async function rows(embedding: boolean): Promise<Row[]> {
  const { prebuiltAppConfig, ModelType } = await import('@mlc-ai/web-llm')
  return prebuiltAppConfig.model_list
    .filter((record) => (record.model_type === ModelType.embedding) === embedding)
    .map((record) => ({
      id: record.model_id,
      weights: record.model,
      library: record.model_lib,
      memoryMegabytes: record.vram_required_MB ?? null,
      contextTokens: record.overrides?.context_window_size ?? null,
      bufferBytes: record.buffer_size_required_bytes ?? null,
      features: record.required_features ?? [],
    }))
}

export function webllmCatalogue(): Plugin {
  return {
    name: 'hearth:webllm-catalogue',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    async load(id) {
      if (id !== `\0${NAME}`) return undefined
      const parse = (list: Row[]) => `JSON.parse(${JSON.stringify(JSON.stringify(list))})`
      return `export default ${parse(await rows(false))}\nexport const embedders = ${parse(await rows(true))}`
    },
  }
}
