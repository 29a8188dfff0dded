/**
 * What was recalled in a run, so that a model that is shown a memory and writes it down again stores nothing. A later kernel
 * finds it in the run's journal.
 */
import type { JsonValue } from '../../abi/index.ts'
import type { Database } from '../storage/database.ts'
import { KEY_END } from '../storage/records.ts'
import { RECALLED_PER_RUN, RECALLING_RUNS } from './param.ts'

export class Recalled {
  readonly #database: Pick<Database, 'list'>
  /** Texts of each run; the run used longest ago first. */
  readonly #runs = new Map<string, Set<string>>()

  constructor(database: Pick<Database, 'list'>) {
    this.#database = database
  }

  async note(run: string, texts: Iterable<string>): Promise<void> {
    const known = await this.of(run)
    for (const text of texts) known.add(text)
    for (const text of known) {
      if (known.size <= RECALLED_PER_RUN) break
      known.delete(text)
    }
  }

  async of(run: string): Promise<Set<string>> {
    const known = this.#runs.get(run) ?? (await this.#read(run))
    this.#runs.delete(run)
    this.#runs.set(run, known)
    for (const old of this.#runs.keys()) {
      if (this.#runs.size <= RECALLING_RUNS) break
      this.#runs.delete(old)
    }
    return known
  }

  /** What an earlier kernel recalled in it. */
  async #read(run: string): Promise<Set<string>> {
    const texts = new Set<string>()
    for (const { event } of await this.#database.list('journal', { from: [run, 0], to: [run, KEY_END] })) {
      if (event.type === 'tool-result' && event.outcome.where === 'memory') collect(event.outcome.value, texts)
    }
    return this.#runs.get(run) ?? texts
  }
}

function collect(value: JsonValue, texts: Set<string>): void {
  if (typeof value === 'string') texts.add(value)
  else if (Array.isArray(value)) for (const item of value) collect(item, texts)
}
