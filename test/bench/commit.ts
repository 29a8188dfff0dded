/** The yardstick for a journaled call: one put, committed `strict`. Timed where this runs: in a worker or in a page. */
import { openDB } from 'idb'

export interface Commits {
  /** @returns milliseconds of each of `n` commits, one after the other */
  measure(n: number): Promise<number[]>
}

export function openCommits(name: string): Commits {
  const database = openDB(name, 1, {
    upgrade: (db) => {
      db.createObjectStore('records', { keyPath: 'id' })
    },
  })
  let next = 0
  return {
    async measure(n) {
      const db = await database
      const samples: number[] = []
      for (let i = 0; i < n; i++) {
        const id = next++
        const started = performance.now()
        const transaction = db.transaction('records', 'readwrite', { durability: 'strict' })
        await Promise.all([transaction.store.put({ id, text: `a fact, number ${id}`, at: started }), transaction.done])
        samples.push(performance.now() - started)
      }
      return samples
    },
  }
}
