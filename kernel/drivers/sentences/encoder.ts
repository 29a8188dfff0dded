/**
 * The built-in sentence encoder over wasm/sentences: a transformer of some layers, its word embeddings int8, everything else
 * computed in float32 by SIMD in one thread. Only WebAssembly computes, so that a text has the same vector on every machine.
 */
import { HearthError } from '../../abi/index.ts'
import type { SentenceEncoder } from '../../core/embeddings/sentence-encoder.ts'
import { createInstance } from './instance.ts'
import { damaged, HEADER_BYTES, readShape } from './shape.ts'

/**
 * @param bytes a whole file of weights; it is copied
 * @throws HearthError `bad-model` when it is damaged, `out-of-memory`
 */
export async function openSentenceEncoder(bytes: Uint8Array): Promise<SentenceEncoder> {
  const shape = readShape(bytes)
  const instance = await createInstance(shape, bytes.subarray(HEADER_BYTES))
  return {
    dimensions: shape.outputs,
    words: shape.words,
    positions: shape.positions,
    encode(tokens) {
      const count = tokens.length
      if (count === 0 || count > shape.positions) {
        throw badTokens('tokens', `A sentence has 1 to ${shape.positions} tokens, and these are ${count}.`)
      }
      for (let index = 0; index < count; index += 1) {
        const token = tokens[index] ?? -1
        if (!Number.isInteger(token) || token < 0 || token >= shape.entries) {
          throw badTokens(`tokens[${index}]`, `A token is a place below ${shape.entries}, and this is ${token}.`)
        }
        instance.tokens[index] = token
      }
      if (!instance.encode(count)) throw damaged('it gives no direction')
      return instance.result.slice()
    },
  }
}

function badTokens(path: string, message: string): HearthError<'bad-request'> {
  return new HearthError('bad-request', message, { issues: [{ path, message }] })
}
