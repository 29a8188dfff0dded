/** Where WebLLM takes a model from: its own prebuilt list, or weights and a library by address. */
import type { AppConfig, ModelRecord } from '@mlc-ai/web-llm'
import { HearthError, type ModelSource } from '../../abi/index.ts'

export type WebllmSource = Extract<ModelSource, { kind: 'webllm' | 'webllm-url' }>

/**
 * The list that WebLLM is given, with the one model in it.
 * @param prebuilt WebLLM's own list
 * @throws HearthError `not-found` when the list has no such model
 */
export function appConfigFor(source: WebllmSource, prebuilt: AppConfig): AppConfig & { record: ModelRecord } {
  const record = source.kind === 'webllm' ? prebuiltRecord(source.modelId, prebuilt) : ownRecord(source)
  // IndexedDB: the Cache API keeps whole responses, which a browser copies on every read, and is not there on http.
  return { model_list: [record], cacheBackend: 'indexeddb', record }
}

/** What a model takes while it is loaded, in bytes; null when its list does not say. */
export function neededBytesOf({ vram_required_MB: megabytes }: ModelRecord): number | null {
  return megabytes === undefined ? null : Math.round(megabytes * 1024 * 1024)
}

function prebuiltRecord(id: string, { model_list: list }: AppConfig): ModelRecord {
  const record = list.find(({ model_id: listed }) => listed === id)
  if (record) return record
  throw new HearthError('not-found', `WebLLM’s list has no model named “${id}” (any more). Choose another one.`, {
    kind: 'model',
    id,
  })
}

/** WebLLM looks for the files under `<weights>/resolve/main/`, as on Hugging Face, unless the address has a `/resolve/`. */
function ownRecord(source: Extract<WebllmSource, { kind: 'webllm-url' }>): ModelRecord {
  return { model: source.weights, model_id: source.modelId, model_lib: source.library }
}
