/** What a person chose for all engines, kept across restarts: the policy, and whether everything is paused. */
import { SchedulingPolicy } from '../../abi/syscalls/scheduling.ts'
import { abortable } from './abortable.ts'
import type { Database, Mutation } from '../storage/database.ts'

const POLICY = 'scheduling-policy'
const PAUSED = 'everything-paused'

/** Fair shares: the only policy under which one page cannot take the model from all others. */
const DEFAULT_POLICY: SchedulingPolicy = 'fair'

export class SchedulingSettings {
  readonly #database: Database
  readonly #listeners = new Set<() => void>()
  #policy: SchedulingPolicy
  #paused: boolean

  private constructor(database: Database, policy: SchedulingPolicy, paused: boolean) {
    this.#database = database
    this.#policy = policy
    this.#paused = paused
  }

  /** @throws HearthError `storage-failed`. */
  static async open(database: Database): Promise<SchedulingSettings> {
    const [policy, paused] = await Promise.all([database.get('meta', POLICY), database.get('meta', PAUSED)])
    const known = SchedulingPolicy.safeParse(policy?.value)
    return new SchedulingSettings(database, known.success ? known.data : DEFAULT_POLICY, paused?.value === 1)
  }

  get policy(): SchedulingPolicy {
    return this.#policy
  }

  /** True while a person has paused everything. */
  get on(): boolean {
    return this.#paused
  }

  /** Calls `listener` after each change, until disposed of. */
  subscribe(listener: () => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  /** Resolves once nothing is paused. @throws the signal's reason. */
  async whenOff(signal: AbortSignal): Promise<void> {
    while (this.#paused) {
      let resume = () => {}
      const resumed = new Promise<void>((resolve) => (resume = resolve))
      const listening = this.subscribe(resume)
      await abortable(resumed, signal).finally(() => listening[Symbol.dispose]())
    }
  }

  /** Resolves once a later kernel would know of it; what is under way is told before. @throws HearthError `storage-failed`. */
  async pause(paused: boolean): Promise<void> {
    if (this.#paused !== paused) {
      this.#paused = paused
      this.#tell()
    }
    await this.#database.commit(
      [{ op: 'put', store: 'meta', value: { name: PAUSED, value: paused ? 1 : 0 } }],
      'strict',
    )
  }

  policyMutation(policy: SchedulingPolicy): Mutation {
    return { op: 'put', store: 'meta', value: { name: POLICY, value: policy } }
  }

  /** Call once `policyMutation` is committed. */
  setPolicy(policy: SchedulingPolicy): void {
    this.#policy = policy
    this.#tell()
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
