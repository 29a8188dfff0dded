/** Reads an agent's turns. They are only written by its runs, one at a time, so the next index is one after the last. */
import { HearthError, type Turn } from '../../abi/index.ts'
import { KEY_END, type Key } from '../storage/records.ts'
import type { Database } from '../storage/database.ts'

/** Turns read at once while looking backwards. */
const PAGE = 64

const first = (agent: string): Key => [agent, 0]
const last = (agent: string, before?: number): Key => [agent, before === undefined ? KEY_END : before - 1]

/**
 * Hands out places in conversations, each once. Read from the database once an agent and counted in memory then, since a
 * read before every commit would keep the first token waiting.
 */
export class TurnIndexes {
  readonly #database: Database
  readonly #next = new Map<string, number>()

  constructor(database: Database) {
    this.#database = database
  }

  /** Takes the next `count` places and returns the first. One that is never written leaves a gap, which is allowed. */
  async take(agent: string, count = 1): Promise<number> {
    const place = (await this.last(agent)) + 1
    this.#next.set(agent, place + count)
    return place
  }

  /** The last place handed out; -1 when there is none. */
  async last(agent: string): Promise<number> {
    const known = this.#next.get(agent)
    if (known !== undefined) return known - 1
    const range = { from: first(agent), to: last(agent), reverse: true, limit: 1 }
    const [turn] = await this.#database.list('turns', range)
    return Math.max(turn?.index ?? -1, (this.#next.get(agent) ?? 0) - 1)
  }

  /** To be called for an agent that is being made: it has no turns, which need not be read. */
  begin(agent: string): void {
    this.#next.set(agent, 0)
  }

  forget(agent: string): void {
    this.#next.delete(agent)
  }
}

/** A page of the conversation, oldest first, ending before index `before`. */
export async function historyPage(
  database: Database,
  agent: string,
  before: number | undefined,
  limit: number,
): Promise<{ turns: Turn[]; more: boolean }> {
  if (before !== undefined && before <= 0) return { turns: [], more: false }
  const range = { from: first(agent), to: last(agent, before), reverse: true, limit: limit + 1 }
  const turns = await database.list('turns', range)
  return { turns: turns.slice(0, limit).reverse(), more: turns.length > limit }
}

/** @throws HearthError `not-found` unless `id` is a turn of the user's in this conversation. */
export async function findUserTurn(database: Database, agent: string, id: string): Promise<Turn> {
  let before: number | undefined
  for (;;) {
    const { turns, more } = await historyPage(database, agent, before, PAGE)
    const found = turns.find((turn) => turn.id === id && turn.role === 'user')
    if (found) return found
    before = turns[0]?.index
    if (!more) {
      const message = 'That question is no longer in the conversation, so it cannot be replaced. Ask it anew.'
      throw new HearthError('not-found', message, { kind: 'turn', id })
    }
  }
}
