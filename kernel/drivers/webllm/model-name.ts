/**
 * What WebLLM's model ids tell: `Qwen3-4B-q4f16_1-MLC` is Qwen3, 4 billion parameters, 4-bit weights, 16-bit arithmetic.
 * The rest (size of the download, whether `shader-f16` is needed) follows from that.
 */

/** Bits a weight takes, scales of its group included: a group of 32 shares one scale of the arithmetic's width. */
const BITS_PER_WEIGHT: Readonly<Record<string, number>> = { q0f16: 16, q0f32: 32, q3f16: 3.6, q4f16: 4.5, q4f32: 5 }

/** Real parameter counts, in billions, of families whose names round them or leave them out. */
const BILLIONS: readonly (readonly [start: string, billions: number])[] = [
  ['Llama-3.2-1B', 1.24],
  ['Llama-3.2-3B', 3.21],
  ['Hermes-3-Llama-3.2-3B', 3.21],
  ['Llama-2-7b', 6.74],
  ['Qwen3-4B', 4.02],
  ['Qwen3-8B', 8.19],
  ['Qwen2.5-3B', 3.09],
  ['Qwen2.5-Coder-3B', 3.09],
  ['Qwen2.5-7B', 7.62],
  ['Qwen2.5-Coder-7B', 7.62],
  ['Qwen2-7B', 7.62],
  ['Qwen2-Math-7B', 7.62],
  ['DeepSeek-R1-Distill-Qwen-7B', 7.62],
  ['gemma-2-2b', 2.61],
  ['gemma-2-9b', 9.24],
  ['gemma-2b', 2.51],
  ['gemma-4-E2B', 5.1],
  ['Phi-3.5-mini', 3.82],
  ['Phi-3.5-vision', 4.15],
  ['Phi-3-mini', 3.82],
  ['Phi-4-mini', 3.84],
  ['phi-2', 2.78],
  ['phi-1_5', 1.42],
]

export interface ModelName {
  /** For a person: `Qwen3 4B`. */
  readonly title: string
  /** Such as `q4f16`; null when the id does not say. */
  readonly quantisation: string | null
  /** Arithmetic in 16-bit floats, which takes a GPU with `shader-f16`. */
  readonly f16: boolean
  /** Bytes of the weights, good to about a tenth; null when the id does not say. */
  readonly weightBytes: number | null
}

/** Reads a WebLLM model id. */
export function readModelName(id: string): ModelName {
  const quantisation = /-(q\df(?:16|32))(?:_\d)?(?:-|$)/.exec(id)?.[1] ?? null
  const title = id
    .replace(/-(q\df(?:16|32)(?:_\d)?)/, '')
    .replace(/-MLC/, '')
    .replace(/-1k$/, '')
    .replace(/[-_]/g, ' ')
  const billions = parameterCount(id)
  const bits = quantisation === null ? undefined : BITS_PER_WEIGHT[quantisation]
  return {
    title,
    quantisation,
    f16: quantisation?.endsWith('f16') ?? false,
    weightBytes: billions === null || bits === undefined ? null : Math.round((billions * 1e9 * bits) / 8),
  }
}

/** The same model computed in 32-bit floats, as WebLLM names it; null when the id already is one or does not say. */
export function f32Twin(id: string): string | null {
  return /-q\df16/.test(id) ? id.replace(/-(q\d)f16/, '-$1f32') : null
}

/** In billions. */
function parameterCount(id: string): number | null {
  const known = BILLIONS.find(([start]) => id.startsWith(start))
  if (known) return known[1]
  const named = /(?:^|[-_])(\d+(?:[._]\d+)?)([BM])(?=-|$)/i.exec(id)
  if (!named) return null
  const [, number = '', unit = ''] = named
  return Number(number.replace('_', '.')) / (unit.toUpperCase() === 'M' ? 1000 : 1)
}
