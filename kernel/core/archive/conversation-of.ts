/**
 * One agent's conversation as it was at one moment, though it is read in pages and its agent may be at work. Turns are only ever
 * added at the end, or deleted when a person takes a question back: when the last is among them, and as many are there
 * afterwards as were read, none was.
 * What a run has not finished is left out: it is this kernel's to finish.
 */
import { HearthError, type Turn } from '../../abi/index.ts'
import type { Database } from '../storage/database.ts'
import { KEY_END } from '../storage/records.ts'
import type { PageRecord } from '../storage/records.ts'
import { pagesOf } from './pages-of.ts'

/** Each takes longer than a person needs to take another question back. */
const ATTEMPTS = 5

export interface Conversation {
  readonly turns: readonly Turn[]
  readonly pages: readonly PageRecord[]
}

/** @throws HearthError `conflict` when it never rests */
export async function conversationOf(
  database: Database,
  agent: string,
  pause: () => Promise<void>,
): Promise<Conversation> {
  const range = { from: [agent, 0], to: [agent, KEY_END] }
  const newest = async (): Promise<Turn | undefined> =>
    (await database.list('turns', { ...range, reverse: true, limit: 1 }))[0]
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const last = await newest()
    // An agent does one run at a time: of the others all turns are there. One that is not on record ended long ago.
    const run = last && (await database.get('runs', last.run))
    const unfinished = run !== undefined && run.endedAt === undefined ? run.id : undefined
    // It wrote more and ended while it was looked up.
    if (unfinished === undefined && (await newest())?.index !== last?.index) continue
    const turns: Turn[] = []
    for await (const page of pagesOf(database, 'turns', [agent])) {
      turns.push(...page.filter(({ index }) => last !== undefined && index <= last.index))
      await pause()
    }
    const pages = await database.list('pages', range)
    const left = last === undefined ? 0 : await database.count('turns', { from: [agent, 0], to: [agent, last.index] })
    if (left !== turns.length || turns.at(-1)?.index !== last?.index) continue
    const finished = turns.filter((turn) => turn.run !== unfinished)
    const end = finished.at(-1)?.index ?? -1
    return { turns: finished, pages: pages.filter((page) => page.to <= end).map((page) => ({ ...page, digest: null })) }
  }
  const message = 'A conversation was changed again and again while it was exported. Wait a moment, then export again.'
  throw new HearthError('conflict', message, { kind: 'conversation', id: agent })
}
