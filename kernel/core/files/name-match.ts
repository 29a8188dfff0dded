/** How well a path fits what somebody types to find it. Pure. */

/** From 0 to 1: 1 when the whole of the query is in the path, less for a part of its words. */
export function nameMatch(query: string, path: string): number {
  const folded = fold(path)
  const wanted = fold(query)
  if (wanted === '') return 0
  if (folded.includes(wanted)) return 1
  const words = wanted.match(/[\p{L}\p{N}]+/gu) ?? []
  if (words.length === 0) return 0
  return (PARTS_WORTH * words.filter((word) => folded.includes(word)).length) / words.length
}

/** All words of a query, somewhere in a path: nearly as good as the query as it is. */
const PARTS_WORTH = 0.9

const fold = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim()
