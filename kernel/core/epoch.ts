/** The epoch: a number that rises with every start of the kernel, so that a client knows when it talks to another one. */
import type { Database } from './storage/database.ts'

/** Takes the next epoch, on disk before it is used. @throws HearthError `storage-full`, `storage-failed`. */
export async function takeEpoch(database: Database): Promise<number> {
  const record = await database.get('meta', 'epoch')
  const epoch = (typeof record?.value === 'number' ? record.value : 0) + 1
  await database.commit([{ op: 'put', store: 'meta', value: { name: 'epoch', value: epoch } }], 'strict')
  return epoch
}
