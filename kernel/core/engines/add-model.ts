/** Adding a model of the user's own: by address, by server, or the file itself, which is checked before it is copied. */
import { HearthError } from '../../abi/index.ts'
import type { ModelInfo, ModelSource, SyscallArgs } from '../../abi/index.ts'
import type { AtomicOutcome } from '../call.ts'
import { COPY_CHUNK_BYTES } from '../param.ts'
import type { Platform } from '../platform.ts'
import type { ModelRecord } from '../storage/records.ts'
import { checkModelFile } from './check-file.ts'
import type { ModelBytes } from './model-files.ts'
import { measure, progressOf, startMeter } from './progress.ts'
import type { KnownModel, Registry } from './registry.ts'
import { alwaysStored, defaultContextTokens, entryOf, nameOf, sameSource } from './sources.ts'
import { cachedSource } from './weight-cache.ts'

interface AddOptions {
  readonly platform: Platform
  readonly registry: Registry
  /** What an engine said of this model no longer holds. */
  readonly forgetFacts: (id: string) => void
}

/** @throws HearthError `bad-request`, `bad-model`, `storage-full`, or the signal's reason; then nothing was added. */
export async function addModel(
  options: AddOptions,
  args: SyscallArgs<'model.add'>,
  signal: AbortSignal,
): Promise<AtomicOutcome<ModelInfo>> {
  const { registry, platform } = options
  const { source } = args
  if (source.kind === 'bundled') throw badRequest('source.kind', 'Only files that are part of the app are bundled.')
  await registry.lists()
  const known = registry.all().find((model) => sameSource(model.entry.source, source))
  if (known) return knownAgain(options, known, args)

  const record: ModelRecord = {
    id: platform.random.id('model'),
    name: args.name ?? nameOf(source),
    source,
    contextTokens: args.contextTokens ?? defaultContextTokens(source),
    sizeBytes: source.kind === 'gguf-file' ? source.bytes : null,
    listed: false,
    partialBytes: null,
    etag: null,
    stored: alwaysStored(source),
  }
  if (source.kind === 'gguf-file') return addFile(options, record, source, args.file, signal)
  const model = registry.add(record, record.stored ? { kind: 'stored' } : { kind: 'absent' })
  // Its engine may have kept it from another time.
  if (cachedSource(source)) await registry.recheck()
  return added(registry, model, model.record ?? record)
}

/** The same source again: another name, window or key replaces the old one. */
function knownAgain(
  { registry, forgetFacts }: AddOptions,
  model: KnownModel,
  { name, contextTokens, source }: SyscallArgs<'model.add'>,
): AtomicOutcome<ModelInfo> {
  if (model.listed || !model.record) return { result: registry.info(model), writes: [] }
  const window = contextTokens === undefined ? {} : { contextTokens, memoryBytes: null }
  const change = { ...(name === undefined ? {} : { name }), ...window }
  const record: ModelRecord = { ...model.record, ...change, source }
  model.record = record
  model.entry = entryOf(record)
  forgetFacts(record.id)
  return added(registry, model, record)
}

async function addFile(
  { platform, registry }: AddOptions,
  record: ModelRecord,
  source: Extract<ModelSource, { kind: 'gguf-file' }>,
  file: unknown,
  signal: AbortSignal,
): Promise<AtomicOutcome<ModelInfo>> {
  if (!isModelBytes(file)) throw badRequest('file', 'A file has to come with its bytes: pass the Blob or File itself.')
  if (file.size !== source.bytes) throw badRequest('source.bytes', `The file has ${file.size} bytes.`)
  const facts = await checkModelFile(file, record, signal)
  // Known to the database before the first byte, so that the next kernel can clear up after one that died.
  const copying: ModelRecord = { ...record, ...facts, partialBytes: 0 }
  await platform.database.commit([{ op: 'put', store: 'models', value: copying }], 'relaxed')
  const model = registry.add(copying, { kind: 'absent' })
  try {
    await copy(platform, registry, model, file, signal)
  } catch (error) {
    await platform.files.remove(record.id)
    await registry.erase(model)
    registry.apply(model, { type: 'absent' })
    registry.forget(model)
    registry.publishList()
    throw error
  }
  const stored: ModelRecord = { ...copying, partialBytes: null, stored: true }
  model.record = stored
  registry.apply(model, { type: 'stored' })
  return added(registry, model, stored)
}

async function copy(
  { files, clock }: Platform,
  registry: Registry,
  model: KnownModel,
  file: ModelBytes,
  signal: AbortSignal,
): Promise<void> {
  let meter = startMeter(clock.monotonic(), 0)
  registry.apply(model, { type: 'download-begun', progress: progressOf(meter, 'store', file.size) })
  const writer = await files.writer(model.entry.id)
  try {
    for (let at = 0; at < file.size; at += COPY_CHUNK_BYTES) {
      signal.throwIfAborted()
      const end = Math.min(file.size, at + COPY_CHUNK_BYTES)
      await writer.write(new Uint8Array(await file.slice(at, end).arrayBuffer()))
      meter = measure(meter, clock.monotonic(), end)
      registry.apply(model, { type: 'progress', progress: progressOf(meter, 'store', file.size) })
    }
    await writer.finish()
  } catch (error) {
    await writer.suspend()
    throw error
  }
}

function added(registry: Registry, model: KnownModel, record: ModelRecord): AtomicOutcome<ModelInfo> {
  return {
    result: registry.info(model),
    writes: [{ op: 'put', store: 'models', value: record }],
    after: () => {
      registry.publish(model)
      registry.publishList()
    },
  }
}

/** A `Blob`, by what the core needs of it. */
function isModelBytes(value: unknown): value is ModelBytes {
  if (typeof value !== 'object' || value === null) return false
  return 'size' in value && typeof value.size === 'number' && 'slice' in value && typeof value.slice === 'function'
}

function badRequest(path: string, message: string): HearthError<'bad-request'> {
  return new HearthError('bad-request', message, { issues: [{ path, message }] })
}
