/** What people are told of an embedder, and what tells one from another. No key is ever in it. Pure. */
import { HearthError } from '../../abi/index.ts'
import type { EmbedderChoice, EmbedderInfo, ModelInfo } from '../../abi/index.ts'
import { hostOf } from '../engines/sources.ts'
import { NAME_UNITS } from '../../abi/limits.ts'
import type { OfferedEmbedder } from './embedder.ts'

/** What is known of models besides the choice itself. */
export interface Known {
  readonly models: readonly ModelInfo[]
  readonly offers: readonly OfferedEmbedder[]
}

export const BUILT_IN: EmbedderChoice = { kind: 'built-in' }

/** The built-in embedder as collections say that were stored before its edition 4, when it knew words only. */
type FormerChoice = { readonly kind: 'words' }

export function nowCalled(stored: EmbedderChoice | FormerChoice): EmbedderChoice {
  return stored.kind === 'words' ? BUILT_IN : stored
}

/** The same for the same vectors, whatever the key. */
export function idOf(choice: EmbedderChoice): string {
  if (choice.kind === 'built-in') return 'built-in'
  if (choice.kind !== 'openai') return short(`${choice.kind}:${choice.model}`)
  return short(`openai:${addressOf(choice.url)}:${choice.model}`)
}

export function sameEmbedder(one: EmbedderChoice, other: EmbedderChoice): boolean {
  return canonical(one) === canonical(other)
}

/** A server's key never leaves the kernel. */
function withoutKey(choice: EmbedderChoice): EmbedderChoice {
  if (choice.kind !== 'openai') return choice
  const { key: _, ...rest } = choice
  return rest
}

/** @throws HearthError `bad-request` for an address with a password or a question mark in it: both would be shown and logged. */
export function refuseSecretAddress(choice: EmbedderChoice): void {
  if (choice.kind !== 'openai' || !/^https?:\/\/[^/?#]*@|[?#]/i.test(choice.url)) return
  const message =
    'Leave name, password and what follows a question mark out of the address of the server; give its key by itself.'
  throw new HearthError('bad-request', message, { issues: [{ path: 'embedder.url', message }] })
}

export function describe(choice: EmbedderChoice, dimensions: number | null, known: Known): EmbedderInfo {
  const common = { id: idOf(choice), kind: choice.kind, choice: withoutKey(choice), dimensions, sendsTo: null }
  switch (choice.kind) {
    case 'built-in':
      return { ...common, name: 'Built-in', note: BUILT_IN_NOTE, downloadBytes: 0 }
    case 'llamacpp': {
      const model = known.models.find(({ id }) => id === choice.model)
      const here = model === undefined || !['absent', 'downloading', 'paused'].includes(model.state.kind)
      const note = looksMadeForIt(model?.name ?? choice.model) ? MODEL_NOTE : CHAT_MODEL_NOTE
      return { ...common, name: model?.name ?? choice.model, note, downloadBytes: here ? 0 : (model.sizeBytes ?? null) }
    }
    case 'webllm': {
      const offer = known.offers.find((one) => one.choice.kind === 'webllm' && one.choice.model === choice.model)
      const note = offer?.note ?? 'An embedding model on the GPU.'
      return { ...common, name: offer?.name ?? choice.model, note, downloadBytes: offer?.bytes ?? null }
    }
    case 'openai': {
      const host = hostOf(choice.url)
      const note = `How well it finds depends on the model. The text of every memory, and every search, is sent to ${host}.`
      return { ...common, name: `${choice.model} on ${host}`, note, downloadBytes: 0, sendsTo: host }
    }
  }
}

const BUILT_IN_NOTE =
  'Here already, also offline. It reads English sentences of some 40,000 words, and their order to a degree, so it finds what is said in other words; it knows no numbers, few names, little of negation, and no other language. There, memories are found by the words they share.'

const MODEL_NOTE =
  'Runs on this device through llama.cpp, in a worker of its own. It reads whole sentences, so it finds what is said in other words; embedding takes a tab of Hearth that is open.'

const CHAT_MODEL_NOTE =
  'Its name does not say that it was made for embedding. llama.cpp takes vectors from any model, but those of a model for chats usually find less than the built-in one. It takes a tab of Hearth that is open.'

/** Families of embedding models, by the names of their files. */
function looksMadeForIt(name: string): boolean {
  return /embed|\bbge\b|\be5\b|\bgte\b|minilm|mxbai|arctic|nomic/i.test(name.replace(/[-_.]/g, ' '))
}

function addressOf(url: string): string {
  return url
    .replace(/^https?:\/\//i, '')
    .replace(/[?#].*$/, '')
    .replace(/\/+$/, '')
}

function canonical(choice: EmbedderChoice): string {
  if (choice.kind === 'openai') return JSON.stringify([choice.kind, choice.url.replace(/\/+$/, ''), choice.model])
  return JSON.stringify(choice.kind === 'built-in' ? [choice.kind] : [choice.kind, choice.model])
}

/** Within the length of an id; what is cut is told apart by a checksum (FNV-1a, 32 bits). */
function short(id: string): string {
  if (id.length <= NAME_UNITS) return id
  let hash = 0x811c9dc5
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193)
  return `${id.slice(0, NAME_UNITS - 9)}#${(hash >>> 0).toString(16).padStart(8, '0')}`
}
