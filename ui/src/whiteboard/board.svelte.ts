/** One namespace of the whiteboard, live: its entries by key, and which of them have just changed. */
import { SvelteMap } from 'svelte/reactivity'
import { HearthError } from '../../../sdk/index.ts'
import type { Hearth, JsonValue, SyscallEvent } from '../../../sdk/index.ts'
import type { SharedEntry } from './types.ts'

export class Board {
  readonly namespace: string
  readonly entries = new SvelteMap<string, SharedEntry>()
  /** When an entry was last seen to change, by key; those that were there from the start are not in it. */
  readonly changed = new SvelteMap<string, number>()
  loaded = $state(false)
  error = $state.raw<unknown>(null)
  /** The last change in words, for those who do not see it flash. */
  news = $state('')
  readonly sorted = $derived([...this.entries.values()].sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1)))
  readonly #hearth: Hearth
  #watch: AbortController | null = null

  constructor(hearth: Hearth, namespace: string) {
    this.#hearth = hearth
    this.namespace = namespace
    this.follow()
  }

  /** Follows what happens from now on; the kernel says first what there is. */
  follow(): void {
    this.#watch?.abort()
    const { signal } = (this.#watch = new AbortController())
    this.error = null
    this.#hearth
      .call('shared.watch', { namespace: this.namespace }, { signal, onEvent: (event) => this.#hear(event) })
      .catch((error: unknown) => {
        if (!signal.aborted && !HearthError.is(error, 'cancelled')) this.error = error
      })
  }

  /** @throws HearthError `conflict` when it is no longer at `ifVersion`. */
  async set(key: string, value: JsonValue, ifVersion: number): Promise<void> {
    this.#put(await this.#hearth.call('shared.set', { namespace: this.namespace, key, value, ifVersion }))
  }

  /** @throws HearthError `conflict`, so that nobody's newer value is deleted unseen. */
  async delete(key: string, ifVersion: number): Promise<void> {
    await this.#hearth.call('shared.delete', { namespace: this.namespace, key, ifVersion })
    this.entries.delete(key)
  }

  async history(key: string): Promise<readonly SharedEntry[]> {
    return (await this.#hearth.call('shared.history', { namespace: this.namespace, key })).versions
  }

  /** An entry's value now, also when its event is still on the way. */
  async read(key: string): Promise<SharedEntry> {
    const entry = await this.#hearth.call('shared.get', { namespace: this.namespace, key })
    this.#put(entry)
    return entry
  }

  #hear(event: SyscallEvent<'shared.watch'>): void {
    if (event.type === 'entries') {
      // A kernel that took over says anew what there is: what is not said any more has gone.
      if (this.loaded)
        for (const key of this.entries.keys())
          if (!event.entries.some((entry) => keyOf(entry) === key)) this.entries.delete(key)
      for (const entry of event.entries) this.entries.set(keyOf(entry), entry)
      this.loaded = true
    } else if (event.type === 'set') {
      this.#put(event.entry)
    } else if ((this.entries.get(event.key)?.version ?? Infinity) <= event.version) {
      this.entries.delete(event.key)
      this.news = `${event.key} was deleted`
    }
  }

  #put(entry: SharedEntry): void {
    const key = keyOf(entry)
    if ((this.entries.get(key)?.version ?? 0) >= entry.version) return
    this.entries.set(key, entry)
    this.changed.set(key, Date.now())
    this.news = `${key} changed`
  }

  [Symbol.dispose](): void {
    this.#watch?.abort()
  }
}

export function keyOf(entry: SharedEntry): string {
  return entry.entry?.key ?? ''
}

export function valueOf(entry: SharedEntry): JsonValue {
  return entry.entry?.value ?? null
}
