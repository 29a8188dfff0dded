/**
 * What a mark asks for, carried out while nothing else of the kernel is up. Every step can be repeated: a kernel that is killed
 * here leaves the mark, and the next one does the rest.
 */
import type { Platform } from '../platform.ts'
import type { Database, Mutation } from '../storage/database.ts'
import { KEY_END, KEY_PATHS } from '../storage/records.ts'
import type { Key, StagedRecord, StoreName } from '../storage/records.ts'
import { clearMark } from './mark.ts'
import { pagesOf } from './pages-of.ts'
import { recount } from './recount.ts'

/** Below and above every key there is: numbers come first and arrays last. */
const FIRST: Key = Number.NEGATIVE_INFINITY
const LAST: Key = [KEY_END, KEY_END]

/**
 * Files before records: a record is what tells of them. The epoch is kept, so that clients see a higher one; it says nothing
 * about anybody.
 */
export async function eraseEverything(platform: Pick<Platform, 'database' | 'fileBlobs' | 'erase'>): Promise<void> {
  const { database } = platform
  await platform.fileBlobs.clear()
  await platform.erase()
  const epoch = await database.get('meta', 'epoch')
  const stores = Object.keys(KEY_PATHS) as StoreName[]
  const writes: Mutation[] = stores.map((store) => ({ op: 'delete-range', store, from: FIRST, to: LAST }))
  if (epoch !== undefined) writes.push({ op: 'put', store: 'meta', value: epoch })
  await database.commit(writes, 'strict')
}

/** One commit per staged batch, which takes the batch off what is staged. */
export async function takeIn({ database }: Pick<Platform, 'database'>): Promise<void> {
  let highest = await highestNumber(database)
  const next = (): number => (highest += 1)
  for (;;) {
    const [batch] = await database.list('staging', { limit: 1 })
    if (batch === undefined) break
    const writes = [...(await writesOf(database, batch, next)), ...(await endRuns(database, batch))]
    await database.commit([...writes, { op: 'delete', store: 'staging', key: batch.seq }], 'relaxed')
  }
  await database.commit([clearMark()], 'strict')
}

async function writesOf(database: Database, { writes }: StagedRecord, number: () => number): Promise<Mutation[]> {
  const out: Mutation[] = []
  for (const write of writes) {
    if (write.op !== 'put') out.push(write)
    // A space says only which one it is, when all of its files are there.
    else if (write.store === 'fileSpaces')
      out.push(...(await recount(database, (write.value as { space: string }).space)))
    // Numbers are this origin's own, and the later of two memories has the higher.
    else if (write.store === 'memories') out.push({ ...write, value: { ...write.value, number: number() } } as Mutation)
    // Each was made for its store by stage.ts, out of a record that had been checked.
    else out.push(write as Mutation)
  }
  return out
}

/** Runs of an agent that is replaced go on from a conversation that is no longer there. */
async function endRuns(database: Database, { writes }: StagedRecord): Promise<Mutation[]> {
  const agents = new Set<string>()
  for (const write of writes) {
    if (write.op === 'put' && write.store === 'agents') agents.add((write.value as { id: string }).id)
  }
  if (agents.size === 0) return []
  const out: Mutation[] = []
  for await (const runs of pagesOf(database, 'runs')) {
    for (const { id, agent } of runs) {
      if (!agents.has(agent)) continue
      out.push({ op: 'delete', store: 'runs', key: id })
      out.push({ op: 'delete-range', store: 'journal', from: [id, 0], to: [id, KEY_END] })
    }
  }
  return out
}

async function highestNumber(database: Database): Promise<number> {
  let highest = 0
  for await (const page of pagesOf(database, 'memories'))
    for (const { number } of page) highest = Math.max(highest, number)
  return highest
}
