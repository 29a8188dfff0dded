/**
 * Reads the header of a GGUF file (versions 2 and 3), which says what a model is and how long its file must be, so that a
 * truncated or hostile file is told apart from a whole one before any engine sees it. Reads small slices and believes
 * nothing: every count and length is held against the bytes there are. Format: github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
import { HearthError } from '../../abi/index.ts'
import { LLAMA_KV_BYTES, LLAMA_RETAINED, LLAMA_RETAINED_BYTES, LLAMA_SLOTS } from '../param.ts'
import { FormatError, GgufBytes, TooShort } from './gguf-bytes.ts'
import { readMetadata, type Metadata } from './gguf-metadata.ts'
import { readTensors } from './gguf-tensors.ts'
import type { ModelBytes } from './model-files.ts'

export interface GgufHeader {
  version: number
  architecture: string
  /** The model's own name; null when it has none. */
  name: string | null
  /** Window in tokens the model was trained for; null when it does not say. */
  contextTokens: number | null
  layers: number
  embeddingLength: number
  heads: number
  /** Key and value heads of all layers together; layers may differ. */
  kvHeadsTotal: number
  /** Numbers in one head's key and value. */
  keyLength: number
  valueLength: number
  vocabulary: number
  /** Name of the most common tensor format by bytes, such as `Q4_K`. */
  quantisation: string
  /** Whether it brings its own chat template, without which tools cannot be described to it. */
  chatTemplate: boolean
  /** Whether it says how the vectors of tokens become the one of a text, as embedding models do. */
  pooling: boolean
  tensorCount: number
  /** Bytes of all tensors. */
  weightBytes: number
  /** Bytes a whole file has at least. */
  expectedBytes: number
}

/** What llama.cpp takes besides: measured 136 MB in all for 4 MB of weights and 32 MB of KV cache. */
const RUNTIME_BYTES = 100 * 1024 * 1024

/** The KV cache holds 16-bit numbers. */
const KV_NUMBER_BYTES = 2

/** Bytes one token takes in the KV cache, of all layers. 0 for architectures without attention. */
export function kvBytesPerToken(header: GgufHeader): number {
  return header.kvHeadsTotal * (header.keyLength + header.valueLength) * KV_NUMBER_BYTES
}

/** Every slot gets a whole window, so that answers never crowd each other out: fewer slots when windows are large. */
export function ggufSlots(header: GgufHeader, contextTokens: number): number {
  const windowBytes = kvBytesPerToken(header) * contextTokens
  return Math.max(1, Math.min(LLAMA_SLOTS, Math.floor(LLAMA_KV_BYTES / Math.max(1, windowBytes))))
}

/** Whole windows that stay in the KV cache besides those being written. */
export function ggufRetains(header: GgufHeader, contextTokens: number): number {
  const windowBytes = kvBytesPerToken(header) * contextTokens
  return Math.min(LLAMA_RETAINED, Math.floor(LLAMA_RETAINED_BYTES / Math.max(1, windowBytes)))
}

/** About how many bytes of memory the model takes with a window of `contextTokens` tokens in each slot. */
export function ggufMemoryBytes(header: GgufHeader, contextTokens: number): number {
  const cachedTokens = contextTokens * (ggufSlots(header, contextTokens) + ggufRetains(header, contextTokens))
  return header.weightBytes + kvBytesPerToken(header) * cachedTokens + RUNTIME_BYTES
}

/**
 * @param model for the error's message.
 * @throws HearthError `bad-model` when it is not a whole GGUF language model, `storage-failed` when the bytes cannot be read,
 * or the signal's reason.
 */
export async function readGguf(bytes: ModelBytes, signal: AbortSignal, model = 'this file'): Promise<GgufHeader> {
  try {
    return await readHeader(new GgufBytes(bytes, signal), bytes.size)
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof TooShort) throw badModel(model, truncated(error.neededBytes, bytes.size))
    if (error instanceof FormatError) throw badModel(model, error.message)
    const reason = error instanceof Error ? error.message : String(error)
    throw new HearthError(
      'storage-failed',
      `Reading the file of “${model}” failed: ${reason}. If it was moved or changed, add it again.`,
      { reason },
    )
  }
}

const MAGIC = 0x46554747

async function readHeader(file: GgufBytes, size: number): Promise<GgufHeader> {
  // Four bytes that are not the magic say more than that the file is short.
  if (size < 4 || (await file.u32()) !== MAGIC) throw new FormatError('it is not a GGUF file')
  const version = await file.u32()
  if (version === 0x02000000 || version === 0x03000000) throw new FormatError('it is written for big-endian machines')
  if (version !== 2 && version !== 3) throw new FormatError(`its format is version ${version}; only 2 and 3 are known`)
  const tensorCount = await file.count(24, 'tensors')
  const entryCount = await file.count(13, 'metadata entries')
  const metadata = await readMetadata(file, entryCount)
  refuseOthers(metadata)
  if (tensorCount === 0) throw new FormatError('it holds no weights')
  const tensors = await readTensors(file, tensorCount, metadata.positive('general.alignment') ?? 32)
  if (size < tensors.expectedBytes) throw new TooShort(tensors.expectedBytes)
  return describe(version, tensorCount, metadata, tensors)
}

/** Files that are GGUF but no whole language model. */
function refuseOthers(metadata: Metadata): void {
  const type = metadata.text('general.type')
  const parts = metadata.number('split.count')
  if (metadata.text('general.architecture') === null) throw new FormatError('it does not say what architecture it has')
  if (parts !== null && parts > 1) {
    throw new FormatError(`it is one of ${parts} parts, and only models in a single file can be loaded`)
  }
  if (metadata.text('general.architecture') === 'clip' || type === 'mmproj') {
    throw new FormatError('it is the image part of a model, not a language model')
  }
  if (type === 'adapter') throw new FormatError('it is an adapter (LoRA), not a whole model')
}

function describe(
  version: number,
  tensorCount: number,
  metadata: Metadata,
  tensors: { weightBytes: number; expectedBytes: number; quantisation: string },
): GgufHeader {
  const architecture = metadata.text('general.architecture') ?? ''
  const own = (name: string) => metadata.positive(`${architecture}.${name}`)
  const layers = own('block_count') ?? 0
  const embeddingLength = own('embedding_length') ?? 0
  const heads = own('attention.head_count') ?? 0
  const headLength = heads > 0 ? Math.floor(embeddingLength / heads) : 0
  return {
    version,
    architecture,
    name: metadata.text('general.name'),
    contextTokens: own('context_length'),
    layers,
    embeddingLength,
    heads,
    kvHeadsTotal:
      metadata.sum(`${architecture}.attention.head_count_kv`) ?? (own('attention.head_count_kv') ?? heads) * layers,
    keyLength: own('attention.key_length') ?? headLength,
    valueLength: own('attention.value_length') ?? headLength,
    vocabulary: metadata.length('tokenizer.ggml.tokens') ?? 0,
    chatTemplate: metadata.has('tokenizer.chat_template'),
    pooling: (metadata.number(`${architecture}.pooling_type`) ?? 0) > 0,
    tensorCount,
    ...tensors,
  }
}

function badModel(model: string, reason: string): HearthError {
  return new HearthError(
    'bad-model',
    `“${model}” cannot be used: ${reason}. Nothing of it was run; try another file.`,
    {
      model,
      reason,
    },
  )
}

function truncated(needed: number, size: number): string {
  return `it is cut short: ${megabytes(size)} of at least ${megabytes(needed)} are there`
}

function megabytes(bytes: number): string {
  return bytes < 1e5 ? `${bytes} bytes` : `${(bytes / 1e6).toFixed(1)} MB`
}
