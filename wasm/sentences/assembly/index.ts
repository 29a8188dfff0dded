/**
 * What the host calls (kernel/drivers/sentences/instance.ts describes it in TypeScript). An instance is one encoder: it has
 * no other state than its memory, takes no callbacks and never waits. Once it is open its memory neither grows nor moves.
 */
import { encodeTokens, result, setUpEncode, tokens } from './encode'
import * as weights from './weights'

/**
 * Once, first. All widths are multiples of 16 and the width of a head is one of 4.
 *
 * @param fileBytes of the file without its header
 * @returns where the host puts these, or 0 without memory
 */
export function setUp(
  entries: u32,
  wordWidth: u32,
  width: u32,
  layers: u32,
  heads: u32,
  inner: u32,
  positions: u32,
  outputs: u32,
  fileBytes: u32,
): usize {
  weights.setShape(entries, wordWidth, width, layers, heads, inner, positions, outputs)
  return weights.placeFile(fileBytes)
}

/** Once, when the file is in its place. @returns 0, 1 when a number of it is not finite, 2 without memory */
export function open(): i32 {
  const state = weights.readWeights()
  if (state !== weights.FINE) return state
  return setUpEncode() ? weights.FINE : weights.NO_MEMORY
}

/** Where the host puts tokens, one u32 each. */
export function tokensAt(): usize {
  return tokens
}

/** Where the result stands, float32. */
export function resultAt(): usize {
  return result
}

/** As `encodeTokens`. */
export function encode(count: u32): bool {
  return encodeTokens(count)
}
