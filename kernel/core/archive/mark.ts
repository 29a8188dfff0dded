/**
 * What the next boot has to do to everything before anybody looks at it. Setting the mark is the one commit by which an import or
 * an erasure happens: before it nothing has changed, after it a later boot finishes it, however often it is killed.
 */
import type { Database, Mutation } from '../storage/database.ts'

export type Mark = 'import' | 'erase'

const MARK = 'archive'

export async function readMark(database: Database): Promise<Mark | null> {
  const value = (await database.get('meta', MARK))?.value
  return value === 'import' || value === 'erase' ? value : null
}

export function setMark(mark: Mark): Mutation {
  return { op: 'put', store: 'meta', value: { name: MARK, value: mark } }
}

export function clearMark(): Mutation {
  return { op: 'delete', store: 'meta', key: MARK }
}
