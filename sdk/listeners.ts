/** Who listens to what: kernel events through one shared `kernel.watch`, and changes of the connection. */
import type { Connection } from './connection.ts'
import type { Call, HearthEvent, On } from './call.ts'

export function createListeners(call: Call, connection: Connection): On {
  const listeners = new Map<string, Set<(event: never) => void>>()
  let watching: AbortController | undefined

  const tell = (event: HearthEvent): void => {
    for (const listener of [...(listeners.get(event.type) ?? [])]) {
      try {
        listener(event as never)
      } catch (error) {
        // The listener's own defect: shown as an unhandled rejection, and no harm to the others.
        void Promise.reject(error)
      }
    }
  }
  connection.onChange = () => tell({ type: 'connection', state: connection.state, epoch: connection.epoch })

  /** Watches the kernel exactly while somebody listens to it. */
  const adjust = (): void => {
    const wanted = [...listeners].some(([type, set]) => type !== 'connection' && set.size > 0)
    if (wanted && !watching) {
      const watch = (watching = new AbortController())
      const over = (): void => {
        if (watching === watch) watching = undefined
      }
      call('kernel.watch', {}, { signal: watch.signal, onEvent: tell }).then(over, over)
    } else if (!wanted) {
      watching?.abort()
      watching = undefined
    }
  }

  return (type, listener) => {
    const set = listeners.get(type) ?? new Set()
    listeners.set(type, set.add(listener))
    adjust()
    const stop = (): void => {
      set.delete(listener)
      adjust()
    }
    return Object.assign(stop, { [Symbol.dispose]: stop })
  }
}
