/**
 * Everything the core takes from outside, injected once at boot. A host (hosts/) builds one from drivers; tests build
 * one from the in-memory twins. The core has no clock, randomness, storage, network or thread but these.
 */
import type { DeviceReport, StorageReport } from '../abi/index.ts'
import type { Clock } from './clock.ts'
import type { CatalogueEntry } from './engines/catalogue.ts'
import type { EmbedderDrivers } from './embeddings/embedder.ts'
import type { SentenceEncoder } from './embeddings/sentence-encoder.ts'
import type { EngineFactories } from './engines/engine.ts'
import type { ModelFiles } from './engines/model-files.ts'
import type { WeightCache } from './engines/weight-cache.ts'
import type { WordVectors } from './memory/search/word-vectors.ts'
import type { OpenVectorIndex } from './memory/vector-index.ts'
import type { FileBlobs } from './files/file-blobs.ts'
import type { Database } from './storage/database.ts'
import type { SandboxFactory } from './tools/sandbox.ts'

export type { Clock } from './clock.ts'

export interface Random {
  /** A new id: `prefix` and 128 random bits, sortable by nothing. */
  id(prefix: string): string
}

/** Learns of another party's death from the name of a lock it holds while it lives (Web Locks in browsers). */
export interface Liveness {
  /** Resolves once nobody holds `lock`; rejects when `signal` aborts. */
  whenReleased(lock: string, signal: AbortSignal): Promise<void>
}

export interface Platform {
  readonly host: string
  readonly version: string
  readonly clock: Clock
  readonly random: Random
  readonly database: Database
  readonly liveness: Liveness
  readonly files: ModelFiles
  /** Contents of agents' files. */
  readonly fileBlobs: FileBlobs
  /** Weights that engines keep by themselves. */
  readonly weights: WeightCache
  readonly engines: EngineFactories
  readonly embedders: EmbedderDrivers
  /** Lists of models that drivers know of, asked for when first needed. */
  readonly catalogues: readonly (() => Promise<readonly CatalogueEntry[]>)[]
  readonly sandbox: SandboxFactory
  readonly vectorIndex: OpenVectorIndex
  /** The file of word vectors (wasm/words). Rejects when it is not to be had now. */
  wordVectors(): Promise<Uint8Array>
  /**
   * What the built-in embedder computes with (wasm/sentences). Rejects when it is not to be had now.
   * @param words those it was made with
   * @throws HearthError `bad-model` for a damaged file
   */
  sentenceEncoder(words: WordVectors): Promise<SentenceEncoder>
  device(): Promise<DeviceReport>
  /** Deletes for good all of this origin that is not in the database: files, weights, what engines and browsers cached. */
  erase(): Promise<void>
  storage(): Promise<Omit<StorageReport, 'modelBytes' | 'kinds'>>
}
