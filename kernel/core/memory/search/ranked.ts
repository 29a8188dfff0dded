/** Candidates in the order of their scores, which may count how new each is among them. */

/** @param score of a candidate and its age among all: 0 for the oldest, 1 for the newest */
export function ranked<
  C extends { readonly number: number },
  S extends { readonly candidate: C; readonly score: number },
>(candidates: readonly C[], score: (candidate: C, age: number) => S, k: number): S[] {
  let [oldest, newest] = [Infinity, -Infinity]
  // By their order, not by the clock: it may be set back, and two memories may be of one millisecond.
  for (const { number } of candidates) [oldest, newest] = [Math.min(oldest, number), Math.max(newest, number)]
  return candidates
    .map((candidate) => score(candidate, (candidate.number - oldest) / (newest - oldest || 1)))
    .sort((left, right) => right.score - left.score || right.candidate.number - left.candidate.number)
    .slice(0, k)
}
