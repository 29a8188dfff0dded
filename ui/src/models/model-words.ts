/** A model's figures and source in words. Pure. */
import type { ModelInfo, ModelSource } from '../../../sdk/index.ts'
import { bytes, count } from '../parts/format.ts'

export function figuresOf({
  source,
  sizeBytes,
  sizeEstimated,
  memoryBytes,
  contextTokens,
  licence,
  engine,
}: ModelInfo): string[] {
  const size = sizeBytes === null ? 'size known once it begins' : `${sizeEstimated ? 'about ' : ''}${bytes(sizeBytes)}`
  const where = { llamacpp: 'GPU or CPU', webllm: 'GPU only', openai: 'on a server' }[engine]
  return [
    ...(engine === 'openai' ? [] : [source.kind === 'bundled' ? `${size}, part of the app` : size]),
    ...(memoryBytes === null || engine === 'openai' ? [] : [`${bytes(memoryBytes)} of memory`]),
    `window of ${count(contextTokens)} tokens`,
    where,
    ...(licence === undefined ? [] : [licence]),
  ]
}

export function sourceWords(source: ModelSource): string {
  switch (source.kind) {
    case 'bundled':
      return 'part of the app'
    case 'gguf-url':
      return source.url
    case 'hugging-face':
      return `${source.repo} · ${source.file}`
    case 'gguf-file':
      return `your file ${source.name}`
    case 'webllm':
      return source.modelId
    case 'webllm-url':
      return source.weights
    case 'openai':
      return `${source.model} at ${source.baseUrl}`
  }
}
