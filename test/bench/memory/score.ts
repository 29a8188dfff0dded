/**
 * How often the turn that answers a question is among the first five found, with every turn of a conversation kept as a fact:
 * by words alone, by vectors alone, and by the kernel's own search. No model takes part.
 */
import type { Memory } from '../../../kernel/abi/index.ts'
import { createKernelEvents } from '../../../kernel/core/events.ts'
import { createMemoryService } from '../../../kernel/core/memory/service.ts'
import { VectorTable } from '../../../kernel/core/memory/search/vector-table.ts'
import { WordIndex } from '../../../kernel/core/memory/search/word-index.ts'
import { WordVectors } from '../../../kernel/core/memory/search/word-vectors.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createClock } from '../../../kernel/drivers/web/clock.ts'
import { createRandom } from '../../../kernel/drivers/web/random.ts'
import { converse, type Category, type Conversation, type SaidTurn } from './conversations.ts'

export const WAYS = ['words alone', 'vectors alone', 'Hearth'] as const
export type Way = (typeof WAYS)[number]

/** Questions, and those of them whose answer was found, by each way. */
export type Tally = { asked: number } & Record<Way, number>

/** Finds the ids of the best facts for a question. */
type Finder = (question: string) => Promise<string[]>

const FOUND = 5

/** Of all categories, and of each. */
export async function score(seeds: readonly number[], words: Uint8Array): Promise<Map<Category | 'all', Tally>> {
  const tallies = new Map<Category | 'all', Tally>()
  const tallyOf = (category: Category | 'all'): Tally => {
    const tally = tallies.get(category) ?? { asked: 0, 'words alone': 0, 'vectors alone': 0, Hearth: 0 }
    tallies.set(category, tally)
    return tally
  }
  const vectors = WordVectors.parse(words)
  for (const seed of seeds) {
    const conversation = converse(seed)
    const finders = await findersOf(conversation, words, vectors)
    for (const { category, text, evidence } of conversation.asked) {
      const counted = [tallyOf('all'), tallyOf(category)]
      for (const tally of counted) tally.asked += 1
      for (const way of WAYS) {
        const found = (await finders[way](text)).includes(String(evidence))
        if (found) for (const tally of counted) tally[way] += 1
      }
    }
  }
  return tallies
}

async function findersOf(
  { turns }: Conversation,
  words: Uint8Array,
  vectors: WordVectors,
): Promise<Record<Way, Finder>> {
  const index = new WordIndex()
  const table = new VectorTable(vectors.dimensions)
  const facts = turns.map((turn, at): Memory => {
    const provenance = { source: 'user', principal: { kind: 'user' }, trust: 'trusted' } as const
    return { id: String(at), text: textOf(turn, turns[at - 1]), owner: null, provenance, createdAt: turn.at }
  })
  for (const { id, text } of facts) {
    index.add(id, text)
    const vector = vectors.embed(text)
    if (vector) table.set(id, vector)
  }
  const database = createMemoryDatabase()
  await database.commit(
    facts.map((value) => ({ op: 'add', store: 'memories', value })),
    'strict',
  )
  const platform = { clock: createClock(), random: createRandom(), database, wordVectors: async () => words }
  const memory = createMemoryService({ platform, events: createKernelEvents() })
  return {
    'words alone': async (question) => index.search(question, FOUND, () => true).map(({ id }) => id),
    async 'vectors alone'(question) {
      const vector = vectors.embed(question)
      return vector ? table.search(vector, FOUND, () => true).map(({ id }) => id) : []
    },
    Hearth: async (question) => (await memory.recall(question, null, FOUND)).map(({ memory: { id } }) => id),
  }
}

/** What is kept of a turn: after a question of the assistant's both, for every way alike, as "Rosa." says nothing by itself. */
function textOf(turn: SaidTurn, before: SaidTurn | undefined): string {
  const answers = turn.speaker === 'user' && before?.speaker === 'assistant' && before.text.endsWith('?')
  return answers ? `${before.text} ${turn.text}` : turn.text
}
