/**
 * Which ids may have been used before, in constant memory: one bit for each hash. The answer is "surely not" or "perhaps", and
 * whoever hears "perhaps" has to look. With 100,000 ids behind it, two in a hundred new ones hear "perhaps" as well.
 */
const BITS = 2 ** 22

export class SeenIds {
  readonly #words = new Uint32Array(BITS / 32)

  /** @returns whether it may have been seen before */
  add(id: string): boolean {
    const bit = hash(id) % BITS
    const word = bit >>> 5
    const mask = 1 << (bit & 31)
    const before = this.#words[word] ?? 0
    this.#words[word] = before | mask
    return (before & mask) !== 0
  }
}

/**
 * FNV-1a over UTF-16 units, mixed at the end because the low bits of similar ids differ little.
 * @see https://datatracker.ietf.org/doc/draft-eastlake-fnv/
 */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  return (value ^ (value >>> 13)) >>> 0
}
