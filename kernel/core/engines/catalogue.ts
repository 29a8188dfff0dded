/**
 * Models that Hearth knows without being told: the bundled starter and a short list of GGUF files that are worth their
 * download. Other drivers add lists of their own through `Platform.catalogues`. Whether a device can run an entry is
 * computed in fits.ts, never stated here. Sizes are the servers' own numbers unless `sizeEstimated` says otherwise.
 */
import type { ModelInfo } from '../../abi/index.ts'

/** A model as a list knows it, before this device and this kernel have a say. */
export interface CatalogueEntry extends Omit<ModelInfo, 'fits' | 'state' | 'listed'> {
  readonly needs: DeviceNeeds
  /** False for entries that only `model.list { all: true }` shows. */
  readonly short: boolean
}

/** What a device must have besides memory. */
export interface DeviceNeeds {
  /** True when it cannot run on the CPU at all. */
  readonly gpu: boolean
  readonly shaderF16: boolean
  /** Largest single GPU buffer in bytes; null when any will do. */
  readonly bufferBytes: number | null
}

/** Runs anywhere, faster with a GPU. */
export const NEEDS_NOTHING: DeviceNeeds = { gpu: false, shaderF16: false, bufferBytes: null }

/** Id of the model that is part of the app. */
export const STARTER_ID = 'starter'

const starter: CatalogueEntry = {
  id: STARTER_ID,
  name: 'Starter',
  engine: 'llamacpp',
  source: { kind: 'bundled', path: 'starter.gguf' },
  sizeBytes: 3_808_640,
  sizeEstimated: false,
  memoryBytes: 64 * 1024 * 1024,
  contextTokens: 1024,
  about:
    'Tiny and here already: it calls tools and answers simple requests in a second, also offline. It was never meant to be a general assistant; pick a larger model for that.',
  licence: 'Apache-2.0',
  needs: NEEDS_NOTHING,
  short: true,
}

interface GgufFacts {
  id: string
  name: string
  repo: string
  file: string
  sizeBytes: number
  /** Memory while loaded with a window of `contextTokens`: the file, its KV cache and the compute buffers. */
  memoryMegabytes: number
  contextTokens: number
  about: string
  licence: string
}

function gguf({ repo, file, memoryMegabytes, ...rest }: GgufFacts): CatalogueEntry {
  return {
    ...rest,
    engine: 'llamacpp',
    source: { kind: 'hugging-face', repo, file },
    sizeEstimated: false,
    memoryBytes: memoryMegabytes * 1024 * 1024,
    needs: NEEDS_NOTHING,
    short: true,
  }
}

/** Shown in this order: first what needs nothing, then from small to large. */
export const builtinCatalogue: readonly CatalogueEntry[] = [
  starter,
  gguf({
    id: 'smollm2-360m',
    name: 'SmolLM2 360M',
    repo: 'HuggingFaceTB/SmolLM2-360M-Instruct-GGUF',
    file: 'smollm2-360m-instruct-q8_0.gguf',
    sizeBytes: 386_404_992,
    memoryMegabytes: 700,
    contextTokens: 4096,
    about: 'Small and quick, for short chats in English; weak at tools and at facts.',
    licence: 'Apache-2.0',
  }),
  gguf({
    id: 'qwen3-0.6b',
    name: 'Qwen3 0.6B',
    repo: 'Qwen/Qwen3-0.6B-GGUF',
    file: 'Qwen3-0.6B-Q8_0.gguf',
    sizeBytes: 639_446_688,
    memoryMegabytes: 1300,
    contextTokens: 4096,
    about: 'The smallest one that uses tools well, in many languages; thinks before it answers.',
    licence: 'Apache-2.0',
  }),
  gguf({
    id: 'gemma-3-1b',
    name: 'Gemma 3 1B',
    repo: 'ggml-org/gemma-3-1b-it-GGUF',
    file: 'gemma-3-1b-it-Q4_K_M.gguf',
    sizeBytes: 806_058_240,
    memoryMegabytes: 1200,
    contextTokens: 4096,
    about: 'Writes and rewrites text well in many languages; was not trained to use tools.',
    licence: 'Gemma Terms of Use',
  }),
  gguf({
    id: 'llama-3.2-1b',
    name: 'Llama 3.2 1B',
    repo: 'bartowski/Llama-3.2-1B-Instruct-GGUF',
    file: 'Llama-3.2-1B-Instruct-Q4_K_M.gguf',
    sizeBytes: 807_694_464,
    memoryMegabytes: 1300,
    contextTokens: 4096,
    about: 'Good at summaries and at following instructions; unsure with tools.',
    licence: 'Llama 3.2 Community License',
  }),
  gguf({
    id: 'qwen3-1.7b',
    name: 'Qwen3 1.7B',
    repo: 'unsloth/Qwen3-1.7B-GGUF',
    file: 'Qwen3-1.7B-Q4_K_M.gguf',
    sizeBytes: 1_107_409_472,
    memoryMegabytes: 1900,
    contextTokens: 4096,
    about: 'The best of this list at tools and at reasoning, in many languages; thinks before it answers.',
    licence: 'Apache-2.0',
  }),
]
