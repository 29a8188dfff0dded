/**
 * The model that the word vectors are learnt from: sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0; LICENSE-MINILM), weights of
 * 4 bits, by ONNX Runtime for Node on one thread. It reads 850 words a second; onnxruntime-web would read 100, with cosines that
 * differ by up to 0.005. Floating-point kernels depend on the processor, so the last digits may as well.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { wordPieces } from './word-pieces.mjs'

/** Numbers in a vector of the teacher's. */
export const TEACHER_DIMENSIONS = 384

/** Texts of one length that are read at once. */
const BATCH = 64

/**
 * @param {string} tools folder in whose node_modules onnxruntime-node is
 * @param {string} model folder with vocab.txt and onnx/
 * @returns {Promise<(texts: string[]) => Promise<Float32Array>>} vectors of length one, one after the other
 */
export async function openTeacher(tools, model) {
  const { InferenceSession, Tensor } = createRequire(`${tools}/package.json`)('onnxruntime-node')
  const one = { intraOpNumThreads: 1, interOpNumThreads: 1 }
  const session = await InferenceSession.create(`${model}/onnx/model_q4.onnx`, { executionProviders: ['cpu'], ...one })
  const piecesOf = wordPieces(readFileSync(`${model}/vocab.txt`, 'utf8'))

  /** @param {number[][]} rows texts of as many pieces each */
  async function vectorsOf(rows) {
    const shape = [rows.length, rows[0].length]
    const filled = (value) => new BigInt64Array(shape[0] * shape[1]).fill(value)
    const tensor = (values) => new Tensor('int64', values, shape)
    const { last_hidden_state: states } = await session.run({
      input_ids: tensor(BigInt64Array.from(rows.flat(), BigInt)),
      attention_mask: tensor(filled(1n)),
      token_type_ids: tensor(filled(0n)),
    })
    return rows.map((row, at) => meanOf(states.data, at, row.length))
  }

  return async (texts) => {
    // Those of one length together, so that nothing has to be filled up.
    const byLength = new Map()
    for (const [at, text] of texts.entries()) {
      const pieces = piecesOf(text)
      byLength.set(pieces.length, [...(byLength.get(pieces.length) ?? []), { at, pieces }])
    }
    const all = new Float32Array(texts.length * TEACHER_DIMENSIONS)
    for (const same of byLength.values()) {
      for (let from = 0; from < same.length; from += BATCH) {
        const batch = same.slice(from, from + BATCH)
        const vectors = await vectorsOf(batch.map(({ pieces }) => pieces))
        for (const [place, { at }] of batch.entries()) all.set(vectors[place], at * TEACHER_DIMENSIONS)
      }
    }
    return all
  }
}

/** A text's vector is the mean over its pieces, at length one: how the model was trained. */
function meanOf(states, text, pieces) {
  const mean = new Float32Array(TEACHER_DIMENSIONS)
  for (let piece = 0; piece < pieces; piece++) {
    const from = (text * pieces + piece) * TEACHER_DIMENSIONS
    for (let k = 0; k < TEACHER_DIMENSIONS; k++) mean[k] += states[from + k] / pieces
  }
  const length = Math.sqrt(mean.reduce((sum, value) => sum + value * value, 0))
  return mean.map((value) => value / length)
}
