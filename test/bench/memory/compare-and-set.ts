/** One of two tabs that add to the same number: through the whiteboard, and as pages do it by themselves on IndexedDB. */
import { openDB } from 'idb'
import { connect } from '../../../sdk/index.ts'

const add = (value: unknown): number => (typeof value === 'number' ? value : 0) + 1

const bench = {
  /** Adds `count` times to one entry; returns how often it had to read again, and milliseconds it took. */
  async hearth(count: number): Promise<{ again: number; ms: number }> {
    const hearth = await connect({ name: 'Compare-and-set' })
    let tries = 0
    const began = performance.now()
    for (let done = 0; done < count; done += 1) {
      await hearth.shared.update('count', (value) => {
        tries += 1
        return add(value)
      })
    }
    return { again: tries - count, ms: performance.now() - began }
  },

  async hearthTotal(): Promise<unknown> {
    const hearth = await connect({ name: 'Compare-and-set' })
    return (await hearth.shared.get('count')).entry?.value
  },

  /** The alternative: reads, thinks, writes, each in a transaction of its own, as most pages do it. */
  async plain(count: number): Promise<{ ms: number }> {
    const database = await open()
    const began = performance.now()
    for (let done = 0; done < count; done += 1) {
      const value: unknown = await database.get('values', 'count')
      await database.put('values', add(value), 'count')
    }
    return { ms: performance.now() - began }
  },

  async plainTotal(): Promise<unknown> {
    return (await open()).get('values', 'count')
  },
}

const open = () => openDB('plain', 1, { upgrade: (database) => void database.createObjectStore('values') })

declare global {
  var compareAndSet: typeof bench
}
globalThis.compareAndSet = bench
