/** All ports that are connected now. */
import { HearthError, toWire } from '../abi/index.ts'
import type { KernelInfo } from '../abi/index.ts'
import type { Endpoint } from './endpoint.ts'
import type { KernelEvents } from './events.ts'
import { SESSIONS_OPEN } from './param.ts'
import type { Random } from './platform.ts'
import { Session } from './session.ts'
import type { SessionDeps } from './session.ts'

export interface Sessions extends Disposable {
  /** Takes a new port, which has to say hello. @param origin of the page at its other end */
  connect(endpoint: Endpoint, origin: string): void
  /** Those that have said hello, oldest first. */
  list(): KernelInfo['sessions']
  /** Ports that are open, also those that have not said hello yet. */
  count(): number
  /** Resolves once there is none: at once, or when the last one ends. */
  empty(): Promise<void>
}

export function createSessions(
  deps: Omit<SessionDeps, 'id' | 'endpoint' | 'origin' | 'onChange'> & { random: Random; events: KernelEvents },
): Sessions {
  const open = new Set<Session>()
  const whenEmpty = new Set<() => void>()

  return {
    connect(endpoint, origin) {
      if (open.size >= SESSIONS_OPEN) {
        const message = `Hearth serves at most ${SESSIONS_OPEN} pages at a time. Close some tabs and reload this one.`
        const data = { limit: 'open pages', maximum: SESSIONS_OPEN, retryAfterMs: null }
        endpoint.postMessage({
          ...{ t: 'fail', id: 'hello', epoch: deps.epoch },
          error: toWire(new HearthError('over-limit', message, data)),
        })
        return void endpoint.close()
      }
      const session = new Session({
        ...deps,
        ...{ id: deps.random.id('session'), endpoint, origin },
        onChange: (changed) => {
          if (changed.over) open.delete(changed)
          if (changed.hello !== undefined) deps.events.publish({ type: 'sessions' })
          if (open.size > 0) return
          for (const resolve of whenEmpty) resolve()
          whenEmpty.clear()
        },
      })
      open.add(session)
    },

    list() {
      const sessions: KernelInfo['sessions'] = []
      for (const { id, since, hello, open: isOpen } of open) {
        if (!isOpen || hello === undefined) continue
        sessions.push({ id, since, name: hello.name, role: hello.role, lends: hello.lends })
      }
      return sessions
    },

    count: () => open.size,

    async empty() {
      if (open.size > 0) await new Promise<void>((resolve) => whenEmpty.add(resolve))
    },

    [Symbol.dispose]() {
      for (const session of [...open]) session[Symbol.dispose]()
    },
  }
}
