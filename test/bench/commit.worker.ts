/** The yardstick for a journaled call: one put, committed `strict`, in the same kind of worker as the kernel's. */
import { expose } from 'comlink'
import { openDB } from 'idb'

const database = openDB('bench-commit', 1, {
  upgrade: (db) => {
    db.createObjectStore('records', { keyPath: 'id' })
  },
})

let next = 0

const commits = {
  /** @returns milliseconds of each of `n` commits, one after the other, measured inside the worker */
  async measure(n: number): Promise<number[]> {
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
  /** The same, asked from outside: what a page would wait. */
  async commit(): Promise<void> {
    await commits.measure(1)
  },
}
export type Commits = typeof commits

addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports
  if (port) expose(commits, port)
})
