/**
 * What was measured of models, kept across restarts. The one owner of the `calibrations` store: whoever measures changes
 * only its own fields through `update`, so that a rate and a token count never overwrite each other. Written behind:
 * losing the last measurement costs a guess, not an answer.
 */
import type { Database } from './storage/database.ts'
import type { CalibrationRecord } from './storage/records.ts'
import { CALIBRATIONS_KEPT } from './param.ts'

export interface Calibrations {
  /** What is known; null fields were never measured. */
  get(model: string): CalibrationRecord
  /** Changes only the fields given. */
  update(model: string, changes: Partial<Omit<CalibrationRecord, 'model'>>): void
  /** Resolves when all that was measured so far is stored, or could not be. */
  flush(): Promise<void>
}

/** @throws HearthError `storage-failed` when what is stored cannot be read. */
export async function openCalibrations(database: Database): Promise<Calibrations> {
  const records = new Map((await database.list('calibrations')).map((record) => [record.model, record]))
  const dirty = new Set<string>()
  let writing: Promise<void> | null = null

  async function write(): Promise<void> {
    // In a turn of its own, so that all that one answer measured is one commit.
    await Promise.resolve()
    while (dirty.size > 0) {
      const models = [...dirty]
      dirty.clear()
      const batch = models.map((model) => {
        const value = records.get(model)
        return value
          ? ({ op: 'put', store: 'calibrations', value } as const)
          : ({ op: 'delete', store: 'calibrations', key: model } as const)
      })
      // What could not be stored is measured again; a full disk is told of by whoever stores something that matters.
      await database.commit(batch, 'relaxed').catch(() => {})
    }
    writing = null
  }

  return {
    get: (model) => records.get(model) ?? blank(model),
    update(model, changes) {
      const before = records.get(model)
      const after = { ...(before ?? blank(model)), ...changes }
      const same =
        before && Object.entries(changes).every(([key, value]) => before[key as keyof typeof changes] === value)
      if (same) return
      // The one measured last stands last.
      records.delete(model)
      records.set(model, after)
      dirty.add(model)
      const oldest = records.keys().next().value
      if (records.size > CALIBRATIONS_KEPT && oldest !== undefined) {
        records.delete(oldest)
        dirty.add(oldest)
      }
      writing ??= write()
    },
    flush: () => writing ?? Promise.resolve(),
  }
}

function blank(model: string): CalibrationRecord {
  return {
    ...{ model, tokensPerByte: null, tokensPerMessage: null, contextTokens: null },
    ...{ prefillRate: null, decodeRate: null, loadMs: null },
  }
}
