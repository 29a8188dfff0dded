/** Models: what there is, what this device can run, loading with progress. */
import * as z from 'zod'
import { Empty, Id, Name } from './common.ts'
import { syscall } from './define.ts'

/** Which driver runs a model. */
export const EngineKind = z.enum(['llamacpp', 'webllm', 'openai'])
export type EngineKind = z.infer<typeof EngineKind>

const Url = z.url({ protocol: /^https?$/ }).max(2048)

/** Where a model's bytes or its server are. */
export const ModelSource = z.discriminatedUnion('kind', [
  /** Shipped with the app; needs no network after the first visit. */
  z.strictObject({ kind: z.literal('bundled'), path: z.string() }),
  /** A GGUF file anywhere that allows cross-origin reads. */
  z.strictObject({ kind: z.literal('gguf-url'), url: Url }),
  /** A GGUF file in a Hugging Face repository. */
  z.strictObject({
    kind: z.literal('hugging-face'),
    repo: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
    file: z.string().regex(/\.gguf$/),
  }),
  /** A GGUF the user dropped in; its bytes are kept in OPFS. */
  z.strictObject({ kind: z.literal('gguf-file'), name: Name, bytes: z.number().int().positive() }),
  /** An entry of WebLLM's prebuilt list. */
  z.strictObject({ kind: z.literal('webllm'), modelId: Name }),
  /** MLC weights and model library by URL. */
  z.strictObject({ kind: z.literal('webllm-url'), modelId: Name, weights: Url, library: Url }),
  /** An OpenAI-compatible server: base URL up to and including `/v1`. */
  z.strictObject({ kind: z.literal('openai'), baseUrl: Url, model: Name, key: z.string().max(512).optional() }),
])
export type ModelSource = z.infer<typeof ModelSource>

/** No browser fetches an address with a password in it, and what follows a question mark of a server's is no part of its base. */
const AddedSource = ModelSource.refine(
  (source) => !/"\w+":"https?:\/\/[^"/?#]*@|"baseUrl":"[^"]*[?#]/i.test(JSON.stringify(source)),
  'an address without a password or key in it',
)

/** Bytes done and to do. `totalBytes` and `secondsLeft` are null while unknown; `bytesPerSecond` is a moving average. */
export const Progress = z.object({
  phase: z.enum(['download', 'store', 'load', 'compile']),
  doneBytes: z.number(),
  totalBytes: z.number().nullable(),
  bytesPerSecond: z.number(),
  secondsLeft: z.number().nullable(),
  /** What the engine says it is doing, for phases without bytes. */
  note: z.string().optional(),
})
export type Progress = z.infer<typeof Progress>

/** Where a loaded model computes. */
export const Placement = z.object({
  on: z.enum(['gpu', 'cpu', 'server']),
  /** GPU adapter or server host name, or the number of threads, for a person. */
  name: z.string(),
  /** Why not the GPU, when it is the CPU on a machine that has one. */
  reason: z.string().optional(),
})
export type Placement = z.infer<typeof Placement>

export const ModelState = z.discriminatedUnion('kind', [
  /** Known, not on this device. */
  z.object({ kind: z.literal('absent') }),
  z.object({ kind: z.literal('downloading'), progress: Progress }),
  /** Stopped by the user or the network; what was fetched is kept. */
  z.object({ kind: z.literal('paused'), progress: Progress, reason: z.string() }),
  /** On this device (or a server that needs no bytes), not in memory. */
  z.object({ kind: z.literal('stored') }),
  z.object({ kind: z.literal('loading'), progress: Progress }),
  z.object({ kind: z.literal('ready'), placement: Placement, slots: z.number().int().positive() }),
  z.object({ kind: z.literal('failed'), code: z.string(), message: z.string() }),
])
export type ModelState = z.infer<typeof ModelState>

export const ModelInfo = z.object({
  id: Id,
  name: Name,
  engine: EngineKind,
  source: ModelSource,
  /** Download size in bytes; null when not known before the first byte. */
  sizeBytes: z.number().nullable(),
  /** True when `sizeBytes` is computed from parameters and quantisation instead of told by the server. */
  sizeEstimated: z.boolean(),
  /** Memory needed while loaded, in bytes. */
  memoryBytes: z.number().nullable(),
  /** Window in tokens. */
  contextTokens: z.number().int().positive(),
  /** Whether this device can run it, and if not, why. */
  fits: z.object({ ok: z.boolean(), reason: z.string().optional() }),
  /** One sentence for a person: what it is good and bad at. */
  about: z.string(),
  licence: z.string().optional(),
  /** True for catalogue entries, false for those the user added. */
  listed: z.boolean(),
  state: ModelState,
})
export type ModelInfo = z.infer<typeof ModelInfo>

/** What this device offers an engine. */
export const DeviceReport = z.object({
  gpu: z
    .object({
      name: z.string(),
      shaderF16: z.boolean(),
      maxBufferBytes: z.number(),
      maxStorageBufferBytes: z.number(),
      /** A software adapter computes, slowly. */
      fallback: z.boolean(),
    })
    .nullable(),
  /** Why there is no GPU to compute on. */
  gpuReason: z.string().optional(),
  /** `navigator.deviceMemory` in bytes: rounded and capped by the browser; null where it is not told. */
  memoryBytes: z.number().nullable(),
  threads: z.number().int().positive(),
})
export type DeviceReport = z.infer<typeof DeviceReport>

export const modelSyscalls = {
  'model.list': syscall('read', {
    args: z.strictObject({
      /** Adds WebLLM's whole prebuilt list to the short one. */ all: z.boolean().default(false),
    }),
    result: z.object({ models: z.array(ModelInfo), default: Id.nullable(), device: DeviceReport }),
  }),
  /** Adds a model of the user's own. The id is new unless the same source was added before. */
  'model.add': syscall('atomic', {
    args: z.strictObject({
      name: Name.optional(),
      source: AddedSource,
      contextTokens: z.number().int().min(256).max(1_000_000).optional(),
      /** The bytes of a `gguf-file`: a `Blob`, which structured clone passes by reference. */
      file: z.unknown().optional(),
    }),
    result: ModelInfo,
  }),
  /** Deletes the bytes; forgets the model when it was added by the user. */
  'model.remove': syscall('intent', { args: z.strictObject({ id: Id }), result: z.object({ freedBytes: z.number() }) }),
  /** Downloads if needed and loads. Cancelling pauses; a tab that closes does not. */
  'model.load': syscall('intent', {
    args: z.strictObject({ id: Id, makeDefault: z.boolean().default(true) }),
    event: Progress,
    result: ModelInfo,
  }),
  'model.pause': syscall('intent', { args: z.strictObject({ id: Id }), result: Empty }),
  /** Stops a download and drops what it had fetched. */
  'model.discard': syscall('intent', {
    args: z.strictObject({ id: Id }),
    result: z.object({ freedBytes: z.number() }),
  }),
  'model.unload': syscall('intent', { args: z.strictObject({ id: Id }), result: Empty }),
  /** The model agents use that name none. */
  'model.default': syscall('atomic', { args: z.strictObject({ id: Id.nullable() }), result: Empty }),
} as const

/** Seconds and tokens an engine reported for one answer. */
export const Usage = z.object({
  promptTokens: z.number(),
  /** Of the prompt, found in the KV cache. */
  cachedTokens: z.number(),
  completionTokens: z.number(),
  /** Decode rate in tokens per second, and milliseconds from request to first token. */
  tokensPerSecond: z.number(),
  firstTokenMs: z.number(),
})
export type Usage = z.infer<typeof Usage>
