/**
 * One encoder in WebAssembly, as it is: wasm/sentences/assembly/index.ts says what each function does. Its memory moves only
 * while it is opened; afterwards a view of it may be kept.
 */
import base64 from 'virtual:sentences-wasm'
import { HearthError } from '../../abi/index.ts'
import { SENTENCE_ENCODER_BYTES } from '../../core/embeddings/param.ts'
import { damaged } from './shape.ts'
import type { Shape } from './shape.ts'

/** Addresses are numbers; booleans come as 0 and 1. */
interface Functions {
  setUp(
    entries: number,
    wordWidth: number,
    width: number,
    layers: number,
    heads: number,
    inner: number,
    positions: number,
    outputs: number,
    fileBytes: number,
  ): number
  open(): number
  tokensAt(): number
  resultAt(): number
  encode(count: number): number
}

export interface Instance {
  /** Where tokens are put, as many as there are positions. */
  readonly tokens: Uint32Array
  /** Where the vector stands after `encode`. */
  readonly result: Float32Array
  /** Computes the vector of the first `count` tokens. @returns false when the weights make none */
  encode(count: number): boolean
}

const PAGE = 65_536

/** What `open` returns besides these is that there is no memory. */
const FINE = 0
const NOT_FINITE = 1

let compiling: Promise<WebAssembly.Module> | undefined

/** Compiled once; every encoder is an instance of its own, so that its memory goes with it. */
function compiled(): Promise<WebAssembly.Module> {
  compiling ??= WebAssembly.compile(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)))
  return compiling
}

/**
 * @param weights the file without its header, as long as `shape` says
 * @throws HearthError `bad-model` for numbers that are not finite, `out-of-memory`
 */
export async function createInstance(shape: Shape, weights: Uint8Array): Promise<Instance> {
  const memory = grant()
  const { exports } = await WebAssembly.instantiate(await compiled(), { env: { memory } })
  const call = exports as unknown as Functions
  const { entries, wordWidth, width, layers, heads, inner, positions, outputs } = shape
  const at = call.setUp(entries, wordWidth, width, layers, heads, inner, positions, outputs, weights.length)
  if (at === 0) throw memoryFull()
  new Uint8Array(memory.buffer, at, weights.length).set(weights)
  const state = call.open()
  if (state === NOT_FINITE) throw damaged('a number of it is not finite')
  if (state !== FINE) throw memoryFull()
  return {
    tokens: new Uint32Array(memory.buffer, call.tokensAt(), positions),
    result: new Float32Array(memory.buffer, call.resultAt(), outputs),
    encode: (count) => call.encode(count) !== 0,
  }
}

function grant(): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: SENTENCE_ENCODER_BYTES / PAGE })
  } catch {
    throw memoryFull()
  }
}

function memoryFull(): HearthError<'out-of-memory'> {
  const megabytes = Math.round(SENTENCE_ENCODER_BYTES / 2 ** 20)
  const message = `The sentence encoder could not have the up to ${megabytes} MB it may take, so memory is searched by words alone. Close other tabs, then reload the page.`
  return new HearthError('out-of-memory', message, { model: 'built-in', neededBytes: null })
}
