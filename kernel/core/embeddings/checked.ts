/** What an embedder gave, checked before anybody relies on it. Pure. */
import { HearthError } from '../../abi/index.ts'
import type { EmbedderChoice } from '../../abi/index.ts'
import { VECTOR_DIMENSIONS } from '../memory/param.ts'

/**
 * Brings every vector to length one.
 * @param dimensions numbers a vector must have; null when they are not known yet
 * @throws HearthError `engine-failed` for too few vectors, a wrong length, or numbers that are not finite
 */
export function checkVectors(
  vectors: readonly (ArrayLike<number> | null)[],
  texts: number,
  dimensions: number | null,
  kind: EmbedderChoice['kind'],
): (Float32Array | null)[] {
  if (vectors.length !== texts) throw wrong(kind, `it gave ${vectors.length} vectors for ${texts} texts`)
  let expected = dimensions
  return vectors.map((vector) => {
    if (vector === null) return null
    expected ??= vector.length
    if (vector.length !== expected) throw otherDimensions(kind, expected, vector.length)
    if (vector.length === 0 || vector.length > VECTOR_DIMENSIONS) {
      throw wrong(kind, `its vectors have ${vector.length} numbers; from 1 to ${VECTOR_DIMENSIONS} can be searched`)
    }
    return unit(vector, kind)
  })
}

/** Whether the vectors have become longer or shorter than those that are stored. */
export function isOtherDimensions(error: unknown): boolean {
  return HearthError.is(error, 'engine-failed') && /now has \d+ numbers/.test(error.data.reason)
}

function unit(vector: ArrayLike<number>, kind: EmbedderChoice['kind']): Float32Array | null {
  const result = Float32Array.from(vector)
  let square = 0
  for (const value of result) square += value * value
  if (!Number.isFinite(square)) throw wrong(kind, 'a vector has something in it that is not a finite number')
  // It points nowhere: nothing is like it.
  if (square === 0) return null
  const scale = 1 / Math.sqrt(square)
  for (let at = 0; at < result.length; at += 1) result[at] = (result[at] ?? 0) * scale
  return result
}

function otherDimensions(kind: EmbedderChoice['kind'], before: number, now: number): HearthError {
  const reason = `a vector had ${before} numbers and now has ${now} numbers`
  return new HearthError(
    'engine-failed',
    `The embedder has changed: ${reason}, so the two cannot be compared. Memories are safe; choose the embedder again to embed all of them anew.`,
    { engine: kind, reason, status: null },
  )
}

function wrong(kind: EmbedderChoice['kind'], reason: string): HearthError {
  return new HearthError(
    'engine-failed',
    `The embedder cannot be used: ${reason}. Memories are safe and found by words; choose another embedder.`,
    { engine: kind, reason, status: null },
  )
}
