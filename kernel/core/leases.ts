/**
 * The Lender over the open tabs. It asks one tab at a time for a worker, goes on to another when that one closes, refuses
 * or does not answer in time, and waits when none is left. Do not keep a lease past its `lost` signal: nothing answers there.
 */
import { HearthError } from '../abi/index.ts'
import type { KernelFrame, LendKind } from '../abi/index.ts'
import type { Lease, Lender } from './lending.ts'
import { LEND_TIMEOUT_MS } from './param.ts'
import type { Clock, Random } from './platform.ts'

/** A tab that can lend: what the lender needs of a session. */
export interface LendingTab {
  readonly name: string
  readonly role: 'panel' | 'app'
  readonly isolated: boolean
  readonly lends: readonly LendKind[]
  post(frame: KernelFrame): void
}

export interface Leases extends Lender {
  /** A tab has said hello. Tabs are asked newest first, so the order of calls matters. */
  join(tab: LendingTab): void
  /** A tab is gone, and with it all that it lent. */
  leave(tab: LendingTab): void
  /** A tab answered `lend`; without a port it refuses, or tells later that the worker failed. */
  reply(tab: LendingTab, lease: string, port: unknown, reason: string | undefined): void
}

type Answer = { port: unknown } | { refused: string } | 'closed' | 'late'

interface Pending {
  readonly tab: LendingTab
  readonly answer: (answer: Answer) => void
}

interface Held {
  readonly tab: LendingTab
  readonly kind: LendKind
  readonly lost: AbortController
}

export function createLeases({ clock, random }: { clock: Clock; random: Random }): Leases {
  // In the order they came.
  const tabs = new Set<LendingTab>()
  const pending = new Map<string, Pending>()
  const held = new Map<string, Held>()
  const waiting = new Set<() => void>()

  /** The panel first, as it is ours; then a tab whose workers may use threads; then the newest, which is in use. */
  function best(kind: LendKind, except: ReadonlySet<LendingTab>): LendingTab | undefined {
    let chosen: LendingTab | undefined
    const rank = (tab: LendingTab): number => (tab.role === 'panel' ? 2 : 0) + (tab.isolated ? 1 : 0)
    for (const tab of tabs) {
      if (!tab.lends.includes(kind) || except.has(tab)) continue
      if (chosen === undefined || rank(tab) >= rank(chosen)) chosen = tab
    }
    return chosen
  }

  async function ask(tab: LendingTab, kind: LendKind, lease: string, signal: AbortSignal): Promise<Answer> {
    const done = new AbortController()
    const onAbort = (): void => done.abort()
    try {
      return await new Promise<Answer>((resolve) => {
        pending.set(lease, { tab, answer: resolve })
        signal.addEventListener('abort', onAbort, { once: true })
        clock.sleep(LEND_TIMEOUT_MS, done.signal).then(
          () => resolve('late'),
          () => resolve('late'),
        )
        tab.post({ t: 'lend', lease, kind })
      })
    } finally {
      pending.delete(lease)
      signal.removeEventListener('abort', onAbort)
      done.abort()
    }
  }

  function grant(tab: LendingTab, kind: LendKind, id: string, port: unknown): Lease {
    const lost = new AbortController()
    held.set(id, { tab, kind, lost })
    const kill = (): void => {
      if (!held.delete(id)) return
      close(port)
      tab.post({ t: 'reclaim', lease: id })
    }
    return {
      id,
      kind,
      port,
      lender: tab.name,
      isolated: tab.isolated,
      lost: lost.signal,
      kill,
      [Symbol.asyncDispose]: async () => kill(),
    }
  }

  /** Resolves when a tab has come, or answers after all; rejects when `signal` aborts. */
  function anotherTab(signal: AbortSignal): Promise<void> {
    // Who is told that he has to wait may give up at once, and an aborted signal tells nobody any more.
    if (signal.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => (): void => {
        waiting.delete(wake)
        signal.removeEventListener('abort', stop)
        end()
      }
      const wake = settle(resolve)
      const stop = settle(() => reject(signal.reason))
      waiting.add(wake)
      signal.addEventListener('abort', stop, { once: true })
    })
  }

  return {
    join(tab) {
      tabs.add(tab)
      for (const wake of [...waiting]) wake()
    },

    leave(tab) {
      tabs.delete(tab)
      for (const ask of pending.values()) if (ask.tab === tab) ask.answer('closed')
      for (const [id, lease] of held) {
        if (lease.tab !== tab) continue
        held.delete(id)
        lease.lost.abort(lostWith(tab, lease.kind, 'it has closed'))
      }
    },

    reply(tab, lease, port, reason) {
      const asked = pending.get(lease)
      if (asked?.tab === tab)
        return void asked.answer(port === undefined ? { refused: reason ?? 'no reason given' } : { port })
      const lent = held.get(lease)
      if (lent?.tab === tab && port === undefined) {
        held.delete(lease)
        return void lent.lost.abort(lostWith(tab, lent.kind, `its worker failed: ${reason ?? 'no reason given'}`))
      }
      // An answer too late, or to nothing: the worker must not live on without an owner.
      if (port !== undefined) {
        close(port)
        if (lent === undefined) tab.post({ t: 'reclaim', lease })
      }
      // It was busy or asleep, and now it is awake: who found nobody else asks it again.
      for (const wake of [...waiting]) wake()
    },

    async borrow(kind, signal, onWait) {
      const asked = new Set<LendingTab>()
      const refusals: string[] = []
      let told = false
      for (;;) {
        signal.throwIfAborted()
        const tab = best(kind, asked)
        if (tab === undefined) {
          if (refusals.length > 0) throw noLender(kind, refusals)
          if (!told) onWait?.()
          told = true
          await anotherTab(signal)
          // Those that did not answer in time may have been frozen in the background, so they are asked again.
          asked.clear()
          continue
        }
        asked.add(tab)
        const id = random.id('lease')
        const answer = await ask(tab, kind, id, signal)
        if (typeof answer === 'object' && 'port' in answer) {
          const lease = grant(tab, kind, id, answer.port)
          if (!signal.aborted) return lease
          lease.kill()
        } else if (answer === 'late') tab.post({ t: 'reclaim', lease: id })
        else if (answer !== 'closed') refusals.push(`${tab.name}: ${answer.refused}`)
      }
    },
  }
}

function lostWith(tab: LendingTab, kind: LendKind, reason: string): HearthError<'engine-lost'> {
  const message = `The tab "${tab.name}" no longer lends the ${kind} worker: ${reason}. What was under way goes on with another one.`
  return new HearthError('engine-lost', message, { engine: kind, reason })
}

function noLender(kind: LendKind, refusals: readonly string[]): HearthError<'no-lender'> {
  const message = `No open tab could start the ${kind} worker (${refusals.join('; ')}). Reload the tab and try again.`
  return new HearthError('no-lender', message, { kind })
}

function close(port: unknown): void {
  if (isClosable(port)) port.close()
}

function isClosable(value: unknown): value is { close(): void } {
  return typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function'
}
