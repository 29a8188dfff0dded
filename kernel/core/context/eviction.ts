/**
 * Which pages leave a window that is too full. They leave in a block: once the budget is exceeded, as many as it takes to
 * get down to EVICT_TO_SHARE of it, so that the next several turns only add at the end and the engine's KV cache stays
 * warm. Pure.
 *
 * The least valuable goes first. Value is uses per age and size, as in hyperbolic caching (Blankstein, Sen and Freedman,
 * "Hyperbolic Caching: Flexible Caching for Web Applications", USENIX ATC 2017), where age is the number of newer pages and
 * uses are one and the times it came back. Size counts by its square root only: what was said last is mostly what the next
 * question is about, also when it was long. Pinned pages and the newest exchange are not given.
 */
export interface Candidate {
  /** First turn of the page. */
  from: number
  tokens: number
  /** Newer pages of the conversation. */
  age: number
  /** Times it came back after it was out. */
  faults: number
}

export const valueOf = ({ tokens, age, faults }: Candidate): number =>
  (1 + faults) / (Math.max(1, age) * Math.sqrt(Math.max(1, tokens)))

/** The pages to evict so that at least `excess` tokens are freed, or all there are; by first turn. */
export function chooseEvicted(candidates: readonly Candidate[], excess: number): number[] {
  const evicted: number[] = []
  let freed = 0
  for (const { from, tokens } of [...candidates].sort((left, right) => valueOf(left) - valueOf(right))) {
    if (freed >= excess) break
    evicted.push(from)
    freed += tokens
  }
  return evicted
}
