/** Reads all memories from the database into the table and the index of words, in slices. */
import type { Platform } from '../../platform.ts'
import type { MemoryRecord } from '../../storage/records.ts'
import { Alike } from './alike.ts'
import { newestFirst, type MemoryTable } from './memory-table.ts'
import { LOADING_SLICE_MS, RECORDS_PER_READ } from './param.ts'
import { slicesOf } from './slices.ts'
import type { WordIndex } from './word-index.ts'

/** Texts whose words are indexed between two looks at the clock. */
const TEXTS_AT_ONCE = 32

export async function loadMemories(
  { database, clock }: Pick<Platform, 'database' | 'clock'>,
  table: MemoryTable,
  words: WordIndex<number>,
): Promise<void> {
  const pause = slicesOf(clock, LOADING_SLICE_MS)
  const alike = new Alike()
  let runs: MemoryRecord[][] = []
  let from = ''
  for (;;) {
    const page = await database.list('memories', { from, limit: RECORDS_PER_READ })
    for (const [at, memory] of page.entries()) {
      if (at % TEXTS_AT_ONCE === 0) await pause()
      alike.make(memory)
      table.enter(memory)
      if (memory.text !== '') words.add(memory.number, memory.text)
    }
    runs.push([...page].sort((one, other) => newestFirst(other, one)))
    const last = page.at(-1)
    if (last === undefined || page.length < RECORDS_PER_READ) break
    // The least string that is greater.
    from = `${last.id}\0`
  }
  // Merge sort, as one sort of all of them would hold the thread for a tenth of a second.
  while (runs.length > 1) {
    const longer: MemoryRecord[][] = []
    for (let at = 0; at < runs.length; at += 2) longer.push(await merge(runs[at] ?? [], runs[at + 1] ?? [], pause))
    runs = longer
  }
  table.arrange(runs[0] ?? [])
}

async function merge(
  one: readonly MemoryRecord[],
  other: readonly MemoryRecord[],
  pause: () => Promise<void>,
): Promise<MemoryRecord[]> {
  const merged: MemoryRecord[] = []
  let [left, right] = [0, 0]
  for (;;) {
    if (merged.length % 1_024 === 0) await pause()
    const [first, second] = [one[left], other[right]]
    if (first && (!second || newestFirst(first, second) > 0)) {
      merged.push(first)
      left += 1
    } else if (second) {
      merged.push(second)
      right += 1
    } else return merged
  }
}
