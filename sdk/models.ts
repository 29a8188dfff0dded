/** Models: what there is, what this device can run, loading with progress. */
import type { KernelEvent, ModelInfo, ModelSource, Progress, SyscallResult } from '../kernel/abi/index.ts'
import type { Call, On } from './call.ts'

/** The catalogue, the default model's id (null when none is set), and what this device offers. */
export type ModelList = SyscallResult<'model.list'>

/** Where a model is, in full (`ModelSource`) or in short. */
export type ModelAddress =
  | ModelSource
  /** A GGUF file anywhere that allows cross-origin reads. */
  | { url: string }
  /** A GGUF file of a Hugging Face repository: `{ huggingFace: 'owner/repo', file: 'model.gguf' }`. */
  | { huggingFace: string; file: string }
  /** An id of WebLLM's prebuilt list; with `weights` and `library` (URLs), a model of your own. */
  | { webllm: string }
  | { webllm: string; weights: string; library: string }
  /** An OpenAI-compatible server: base URL up to and including `/v1`. */
  | { openai: string; model: string; key?: string }

/** What is known of a model besides where it is. */
export interface AddModelOptions {
  /** For a person; default: made from the source. */
  name?: string | undefined
  /** Window in tokens, 256 to 1,000,000. */
  contextTokens?: number | undefined
  signal?: AbortSignal | undefined
}

/** The same for a file, which is copied. */
export interface AddFileOptions extends AddModelOptions {
  /** Bytes copied so far, while the file is stored. */
  onProgress?: ((progress: Progress) => void) | undefined
}

/** How a model is loaded. */
export interface LoadOptions {
  /** Bytes, speed and time left, while it downloads and loads. */
  onProgress?: ((progress: Progress) => void) | undefined
  /** Aborting pauses the download; what was fetched is kept. */
  signal?: AbortSignal | undefined
  /** Whether agents that name no model use it from now on; default true. */
  makeDefault?: boolean | undefined
}

/** `hearth.models`. */
export interface Models {
  /** The short list, or with `all` WebLLM's whole prebuilt list too. */
  list(options?: { all?: boolean; signal?: AbortSignal }): Promise<ModelList>
  /**
   * Downloads if needed, and loads. Resolves when the model can answer.
   * @throws HearthError `not-found`, `download-failed`, `bad-model`, `out-of-memory`, `unsupported`, `storage-full`, `cancelled`.
   */
  load(id: string, options?: LoadOptions): Promise<ModelInfo>
  /** Adds a model to the list; nothing is downloaded yet. The same source added twice is one model. */
  add(address: ModelAddress, options?: AddModelOptions): Promise<ModelInfo>
  /**
   * Keeps a GGUF file that the user chose or dropped in.
   * @throws HearthError `bad-model` when it is none, `storage-full`.
   */
  addFile(file: File, options?: AddFileOptions): Promise<ModelInfo>
  /** Stops a download; what was fetched is kept and `load` goes on from there. */
  pause(id: string): Promise<void>
  /** Stops a download and drops what was fetched. Returns the bytes freed. */
  discard(id: string): Promise<number>
  /** Deletes the model's bytes, and forgets it if the user added it. Returns the bytes freed. */
  remove(id: string): Promise<number>
  /** Frees the memory; the bytes stay on the device. */
  unload(id: string): Promise<void>
  /** The model agents use that name none; null for none. */
  setDefault(id: string | null): Promise<void>
}

export function createModels(call: Call, on: On): Models {
  return {
    list: ({ signal, ...args } = {}) => call('model.list', args, { signal }),
    load: (id, { onProgress, signal, makeDefault = true } = {}) =>
      call('model.load', { id, makeDefault }, { signal, onEvent: onProgress }),
    add: (address, { signal, ...options } = {}) =>
      call('model.add', { ...options, source: toSource(address) }, { signal }),

    async addFile(file, { onProgress, signal, ...options } = {}) {
      // Adding has no id before it is done, so progress is recognised by the file it is about.
      const follow = ({ model: { source, state } }: Extract<KernelEvent, { type: 'model' }>): void => {
        const same = source.kind === 'gguf-file' && source.name === file.name && source.bytes === file.size
        if (same && 'progress' in state) onProgress?.(state.progress)
      }
      const stop = onProgress && on('model', follow)
      try {
        const source: ModelSource = { kind: 'gguf-file', name: file.name, bytes: file.size }
        return await call('model.add', { ...options, source, file }, { signal })
      } finally {
        stop?.()
      }
    },

    pause: async (id) => void (await call('model.pause', { id })),
    discard: async (id) => (await call('model.discard', { id })).freedBytes,
    remove: async (id) => (await call('model.remove', { id })).freedBytes,
    unload: async (id) => void (await call('model.unload', { id })),
    setDefault: async (id) => void (await call('model.default', { id })),
  }
}

function toSource(address: ModelAddress): ModelSource {
  if ('kind' in address) return address
  if ('url' in address) return { kind: 'gguf-url', url: address.url }
  if ('huggingFace' in address) return { kind: 'hugging-face', repo: address.huggingFace, file: address.file }
  if ('openai' in address) {
    const { openai: baseUrl, ...rest } = address
    return { kind: 'openai', baseUrl, ...rest }
  }
  const { webllm: modelId, ...rest } = address
  return 'weights' in rest ? { kind: 'webllm-url', modelId, ...rest } : { kind: 'webllm', modelId }
}
