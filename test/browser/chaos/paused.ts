/** Which runs a chaos run has paused. When all that are left are paused nothing more would happen, so all are resumed. */
import { insist } from './follow.ts'
import type { World } from './world.ts'

export class Paused {
  readonly #world: World
  readonly #running = new Set<string>()
  readonly #paused = new Set<string>()

  constructor(world: World) {
    this.#world = world
  }

  running(run: string): void {
    this.#running.add(run)
  }

  ended(run: string): void {
    this.#running.delete(run)
    this.#paused.delete(run)
    void this.#look()
  }

  async pause(run: string): Promise<void> {
    await insist(() => this.#world.watcher.hearth.call('run.pause', { run }))
    if (this.#running.has(run)) this.#paused.add(run)
    await this.#look()
  }

  async resume(run: string): Promise<void> {
    if (!this.#paused.delete(run)) return
    await insist(() => this.#world.watcher.hearth.call('run.resume', { run }))
  }

  async #look(): Promise<void> {
    if (this.#paused.size < this.#running.size) return
    await Promise.all([...this.#paused].map((run) => this.resume(run)))
  }
}
