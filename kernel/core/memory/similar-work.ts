/** Experience with work like the one that begins: what is shown before it. Better nothing than what is about something else. */
import type { MemoryFilter } from '../../abi/index.ts'
import type { MemoryRecord } from '../storage/records.ts'
import type { MemoryIndex } from './memory-index.ts'
import { EXPERIENCE_LEAST_COSINE, EXPERIENCE_LEAST_SHARE } from './param.ts'
import { queryWordsOf } from './search/words.ts'

/** Best first. Compared by the words of the task, since what was tried is about its solution, and by meaning. */
export async function similarWork(
  index: Pick<MemoryIndex, 'similar' | 'search'>,
  text: string,
  filter: MemoryFilter,
  k: number,
): Promise<Omit<MemoryRecord, 'number'>[]> {
  const { hits } = await index.search(text, k, filter)
  if (hits.length === 0) return []
  const alike = await index.similar(text, k, filter)
  const cosines = new Map(alike.map(({ memory, cosine }) => [memory.id, cosine]))
  const asked = new Set(queryWordsOf(text))
  return hits.flatMap(({ memory }) => {
    const task = queryWordsOf(memory.experience?.task ?? memory.text)
    const share = task.filter((word) => asked.has(word)).length / task.length
    const cosine = cosines.get(memory.id) ?? 0
    return share >= EXPERIENCE_LEAST_SHARE || cosine >= EXPERIENCE_LEAST_COSINE ? [memory] : []
  })
}
