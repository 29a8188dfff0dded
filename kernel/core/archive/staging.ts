/** What an import brings, put aside batch by batch until all of it is known to be good. See carry-out.ts for how it is taken in. */
import type { Database } from '../storage/database.ts'
import type { StagedWrite } from '../storage/records.ts'
import { STAGE_BYTES, STAGE_RECORDS } from './param.ts'

export class Staging {
  readonly #database: Database
  #writes: StagedWrite[] = []
  #bytes = 0
  #seq = 0

  constructor(database: Database) {
    this.#database = database
  }

  /** @param bytes about what the writes take @throws HearthError `storage-full`, `storage-failed` */
  async add(writes: readonly StagedWrite[], bytes: number): Promise<void> {
    this.#writes.push(...writes)
    this.#bytes += bytes
    if (this.#writes.length >= STAGE_RECORDS || this.#bytes >= STAGE_BYTES) await this.flush()
  }

  async flush(): Promise<void> {
    if (this.#writes.length === 0) return
    const value = { seq: (this.#seq += 1), writes: this.#writes }
    this.#writes = []
    this.#bytes = 0
    await this.#database.commit([{ op: 'put', store: 'staging', value }], 'relaxed')
  }
}
