/** What follows from where a model comes from: its engine, its address, whether the kernel keeps its bytes. Pure. */
import type { EngineKind, ModelSource } from '../../abi/index.ts'
import { DEFAULT_CONTEXT_TOKENS, SERVER_CONTEXT_TOKENS } from '../param.ts'
import type { ModelRecord } from '../storage/records.ts'
import { NEEDS_NOTHING } from './catalogue.ts'
import type { CatalogueEntry } from './catalogue.ts'

export function engineOf(source: ModelSource): EngineKind {
  if (source.kind === 'openai') return 'openai'
  return source.kind === 'webllm' || source.kind === 'webllm-url' ? 'webllm' : 'llamacpp'
}

/** Where the bytes are fetched from; null when the kernel fetches none. */
export function downloadUrl(source: ModelSource): string | null {
  if (source.kind === 'gguf-url') return source.url
  if (source.kind === 'hugging-face') return `https://huggingface.co/${source.repo}/resolve/main/${source.file}`
  return null
}

/** True when there is nothing to download, now or ever: part of the app, or on a server. */
export function alwaysStored(source: ModelSource): boolean {
  return source.kind === 'bundled' || source.kind === 'openai'
}

/** Hosts that using this model sends data to, besides those its engine downloads from. */
export function serverHost(source: ModelSource): string | null {
  return source.kind === 'openai' ? hostOf(source.baseUrl) : null
}

/**
 * Host and port of an http(s) URL, which people are told that data goes to. Where a browser finds them: a backslash ends them as
 * a slash does, and a name or password before them ends with the last @ (WHATWG URL, 4.4).
 */
export function hostOf(url: string): string {
  const found = /^https?:[\\/]+(?:[^\\/?#]*@)?([^\\/?#]+)/i.exec(url.replace(/[\t\n\r]/g, ''))
  return found?.[1]?.toLowerCase() ?? url
}

/** The source as clients may see it: a server's key never leaves the kernel. */
export function withoutKey(source: ModelSource): ModelSource {
  if (source.kind !== 'openai') return source
  const { key: _, ...rest } = source
  return rest
}

/** Whether both name the same model, whatever key they carry. */
export function sameSource(one: ModelSource, other: ModelSource): boolean {
  return canonical(withoutKey(one)) === canonical(withoutKey(other))
}

function canonical(source: ModelSource): string {
  return JSON.stringify(Object.entries(source).sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** A name for a model whose user gave none. */
export function nameOf(source: ModelSource): string {
  switch (source.kind) {
    case 'bundled':
      return lastPart(source.path)
    case 'gguf-url':
      return lastPart(source.url.replace(/[?#].*$/, ''))
    case 'hugging-face':
      return lastPart(source.file)
    case 'gguf-file':
      return source.name.replace(/\.gguf$/i, '')
    case 'webllm':
    case 'webllm-url':
      return source.modelId
    case 'openai':
      return `${source.model} on ${hostOf(source.baseUrl)}`
  }
}

function lastPart(path: string): string {
  const part = path.split('/').at(-1) ?? path
  return part.replace(/\.gguf$/i, '').slice(0, 128) || 'Model'
}

export function defaultContextTokens(source: ModelSource): number {
  return source.kind === 'openai' ? SERVER_CONTEXT_TOKENS : DEFAULT_CONTEXT_TOKENS
}

const ABOUT: Record<ModelSource['kind'], string> = {
  bundled: 'Part of the app.',
  'gguf-url': 'A GGUF file that you added by its address.',
  'hugging-face': 'A GGUF file that you added from Hugging Face.',
  'gguf-file': 'A file that you added from this device.',
  webllm: 'A model from WebLLM’s list.',
  'webllm-url': 'A WebLLM model that you added by its address.',
  openai: 'A model on a server: what you write to it leaves this machine.',
}

/** How a model that the user added is listed. */
export function entryOf(record: ModelRecord): CatalogueEntry {
  const { id, name, source, sizeBytes, contextTokens } = record
  const guessed = engineOf(source) === 'llamacpp' && sizeBytes !== null ? memoryFor(sizeBytes) : null
  const engine = engineOf(source)
  return {
    id,
    name,
    engine,
    source,
    sizeBytes,
    sizeEstimated: false,
    memoryBytes: record.memoryBytes ?? guessed,
    contextTokens,
    about: ABOUT[source.kind],
    needs: engine === 'webllm' ? { gpu: true, shaderF16: false, bufferBytes: null } : NEEDS_NOTHING,
    short: true,
  }
}

/** Until its file was read: weights, and about a fifth more plus 100 MB for the KV cache and the compute buffers. */
function memoryFor(sizeBytes: number): number {
  return Math.round(sizeBytes * 1.2) + 100 * 1024 * 1024
}
