/**
 * WebLLM's own prebuilt list as catalogue entries. The facts are read from the library at build time
 * (virtual:webllm-catalogue); the library itself, 6.8 MB, loads only with the first model that uses it.
 */
import rows from 'virtual:webllm-catalogue'
import type { CatalogueEntry } from '../../core/engines/catalogue.ts'
import { readModelName } from './model-name.ts'

/** Window of a model whose list entry does not state one. */
const CONTEXT_TOKENS = 4096

/** Worth showing before the user asks for the whole list: a small and a middling one, each for GPUs with and without f16. */
const SHORT = new Set([
  'Qwen3-1.7B-q4f16_1-MLC',
  'Qwen3-1.7B-q4f32_1-MLC',
  'Llama-3.2-3B-Instruct-q4f16_1-MLC',
  'Llama-3.2-3B-Instruct-q4f32_1-MLC',
  'Qwen3-8B-q4f16_1-MLC',
])

/** Licences that a family's name settles. */
const LICENCES: readonly (readonly [RegExp, string])[] = [
  [
    /^(Qwen3|Qwen2\.5-(?!3B|Coder-3B)|Qwen2-|Mistral|Ministral|OLMo|SmolLM2|TinyLlama|RedPajama|OpenHermes)/,
    'Apache-2.0',
  ],
  [/^(Phi|phi|DeepSeek-R1-Distill-Qwen)/, 'MIT'],
  [/^(gemma-4)/, 'Apache-2.0'],
  [/^gemma/, 'Gemma Terms of Use'],
  [/^(Llama-3\.2|Hermes-3-Llama-3\.2)/, 'Llama 3.2 Community License'],
  [/^(Llama-3\.1|Hermes-3-Llama-3\.1)/, 'Llama 3.1 Community License'],
  [/^(Llama-3-|Hermes-2-(Pro|Theta)-Llama-3)/, 'Llama 3 Community License'],
  [/^Llama-2/, 'Llama 2 Community License'],
]

/** Every language model of WebLLM's list, in its order. Whether this device can run one is not said here. */
export function webllmCatalogue(): Promise<readonly CatalogueEntry[]> {
  return Promise.resolve(rows.map(entry))
}

function entry(row: (typeof rows)[number]): CatalogueEntry {
  const name = readModelName(row.id)
  const contextTokens = row.contextTokens ?? CONTEXT_TOKENS
  const licence = LICENCES.find(([pattern]) => pattern.test(row.id))?.[1]
  return {
    id: row.id,
    name: name.title,
    engine: 'webllm',
    source: { kind: 'webllm', modelId: row.id },
    sizeBytes: name.weightBytes,
    sizeEstimated: name.weightBytes !== null,
    memoryBytes: row.memoryMegabytes === null ? null : Math.round(row.memoryMegabytes * 1024 * 1024),
    contextTokens,
    about: about(name.quantisation, name.f16, contextTokens),
    ...(licence === undefined ? {} : { licence }),
    needs: {
      gpu: true,
      // The list leaves it out of many f16 entries, whose shaders then fail to compile.
      shaderF16: name.f16 || row.features.includes('shader-f16'),
      bufferBytes: row.bufferBytes,
    },
    short: SHORT.has(row.id),
  }
}

function about(quantisation: string | null, f16: boolean, contextTokens: number): string {
  const weights = quantisation?.startsWith('q0') ? 'unquantised weights' : `${quantisation?.[1] ?? 'few'}-bit weights`
  const arithmetic = f16 ? 'needs a GPU with 16-bit arithmetic' : 'runs on any WebGPU graphics card'
  return `Runs on the GPU through WebLLM with ${weights} and a window of ${contextTokens} tokens; ${arithmetic}.`
}
