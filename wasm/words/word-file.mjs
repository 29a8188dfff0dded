/** Writes the file that kernel/core/memory/search/word-vectors.ts reads; its layout is in the README beside this. */
import { writeFileSync } from 'node:fs'

/**
 * @param {URL} file
 * @param {string[]} words of ASCII
 * @param {Float32Array} weights of each, from 0 to 1
 * @param {Float32Array} vectors one after the other; only their directions are kept
 * @param {number} dimensions
 */
export function writeWords(file, words, weights, vectors, dimensions) {
  const order = [...words.keys()].sort((one, other) => (words[one] < words[other] ? -1 : 1))
  const text = Buffer.from(order.map((at) => `${words[at]}\n`).join(''))
  const header = Buffer.alloc(16)
  header.write('HWV2', 0, 'latin1')
  header.writeUInt32LE(words.length, 4)
  header.writeUInt32LE(dimensions, 8)
  header.writeUInt32LE(text.length, 12)
  const shares = Buffer.alloc(words.length * 2)
  const bytes = Buffer.alloc(words.length * dimensions)
  for (const [place, at] of order.entries()) {
    shares.writeUInt16LE(Math.round(weights[at] * 65_535), place * 2)
    const row = vectors.subarray(at * dimensions, (at + 1) * dimensions)
    const most = row.reduce((peak, value) => Math.max(peak, Math.abs(value)), 1e-9)
    for (const [k, value] of row.entries()) bytes.writeInt8(Math.round((value / most) * 127), place * dimensions + k)
  }
  writeFileSync(file, Buffer.concat([header, text, shares, bytes]))
}
