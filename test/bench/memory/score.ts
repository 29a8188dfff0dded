/**
 * How often the turn that answers a question is among the first five found, with every turn of a conversation kept as a memory:
 * by words alone, by vectors alone, and by the kernel's own search; and how much is found for questions that nothing answers.
 * No model takes part.
 */
import MiniSearch from 'minisearch'
import { builtInEmbedder } from '../../../kernel/core/embeddings/built-in-embedder.ts'
import { checkVectors } from '../../../kernel/core/embeddings/checked.ts'
import type { Embedder, EmbeddingPurpose } from '../../../kernel/core/embeddings/embedder.ts'
import { createMemoryIndex } from '../../../kernel/core/memory/search/memory-index.ts'
import { VectorTable } from '../../../kernel/core/memory/search/vector-table.ts'
import { WordIndex } from '../../../kernel/core/memory/search/word-index.ts'
import { WordVectors } from '../../../kernel/core/memory/search/word-vectors.ts'
import { queryWordsOf, wordsOf } from '../../../kernel/core/memory/search/words.ts'
import type { MemoryRecord } from '../../../kernel/core/storage/records.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createClock } from '../../../kernel/drivers/web/clock.ts'
import { createHeldVectors } from '../../fixtures/held-vectors.ts'
import { shipped } from '../../fixtures/shipped.ts'
import { converse, converseWithout, type Category, type SaidTurn } from './conversations.ts'
import { memoryOf } from './memory-of.ts'
import type { Topic } from './topic.ts'

export const WAYS = ['words alone', 'MiniSearch', 'vectors alone', 'Hearth'] as const
export type Way = (typeof WAYS)[number]

/** Questions, and those of them whose answer was found, by each way. */
export type Tally = { asked: number } & Record<Way, number>

/** Finds the ids of the best memories for a question. */
type Finder = (question: string) => Promise<string[]>

const FOUND = 5

const clock = createClock()

const NOTHING: Tally = { asked: 0, 'words alone': 0, MiniSearch: 0, 'vectors alone': 0, Hearth: 0 }

/** Of all categories, and of each. */
export async function score(
  seeds: readonly number[],
  topics?: readonly Topic[],
): Promise<Map<Category | 'all', Tally>> {
  const tallies = new Map<Category | 'all', Tally>()
  const tallyOf = (category: Category | 'all'): Tally => {
    const tally = tallies.get(category) ?? { ...NOTHING }
    tallies.set(category, tally)
    return tally
  }
  const by = await embedder()
  for (const seed of seeds) {
    const conversation = converse(seed, topics)
    const finders = await findersOf(conversation.turns, by)
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

/** Memories that were found for questions about what was never said, by each way. */
export async function falseRecall(
  seeds: readonly number[],
  topics?: readonly Topic[],
): Promise<Tally & { empty: number }> {
  const tally = { ...NOTHING, empty: 0 }
  const by = await embedder()
  for (const seed of seeds) {
    const { turns, asked } = converseWithout(seed, topics)
    const finders = await findersOf(turns, by)
    for (const question of asked) {
      tally.asked += 1
      for (const way of WAYS) {
        const { length } = await finders[way](question)
        tally[way] += length
        if (way === 'Hearth' && length === 0) tally.empty += 1
      }
    }
  }
  return tally
}

/** The built-in one. */
async function embedder(): Promise<Embedder> {
  const words = WordVectors.parse(await shipped.wordVectors())
  return builtInEmbedder({ clock, words, encoder: await shipped.sentenceEncoder(words) })
}

async function vectorsOf(by: Embedder, texts: readonly string[], purpose: EmbeddingPurpose) {
  return checkVectors(await by.embed(texts, purpose, new AbortController().signal), texts.length, null, 'built-in')
}

async function findersOf(turns: readonly SaidTurn[], by: Embedder): Promise<Record<Way, Finder>> {
  const index = new WordIndex()
  const library = new MiniSearch<MemoryRecord>({ fields: ['text'], tokenize: wordsOf })
  const memories = turns.map((turn, at) => memoryOf(at, textOf(turn, turns[at - 1]), turn.at))
  library.addAll(memories)
  const texts = memories.map(({ text }) => text)
  const vectors = await vectorsOf(by, texts, 'document')
  const table = new VectorTable(by.dimensions ?? 0)
  for (const [at, { id, text }] of memories.entries()) {
    index.add(id, text)
    const vector = vectors[at]
    if (vector) table.set(id, vector)
  }
  const database = createMemoryDatabase()
  await database.commit(
    memories.map((value) => ({ op: 'add', store: 'memories', value })),
    'strict',
  )
  const hearth = createMemoryIndex({ platform: { clock, database }, vectors: createHeldVectors(shipped) })
  return {
    'words alone': async (question) => index.search(question, FOUND, () => true).map(({ id }) => id),
    MiniSearch: async (question) =>
      library
        .search(question, { tokenize: queryWordsOf })
        .slice(0, FOUND)
        .map(({ id }) => String(id)),
    async 'vectors alone'(question) {
      const [vector] = await vectorsOf(by, [question], 'query')
      return vector ? table.search(vector, FOUND, () => true).map(({ id }) => id) : []
    },
    Hearth: async (question) => (await hearth.search(question, FOUND, {})).hits.map(({ memory: { id } }) => id),
  }
}

/** What is kept of a turn: after a question of the assistant's both, for every way alike, as "Rosa." says nothing by itself. */
function textOf(turn: SaidTurn, before: SaidTurn | undefined): string {
  const answers = turn.speaker === 'user' && before?.speaker === 'assistant' && before.text.endsWith('?')
  return answers ? `${before.text} ${turn.text}` : turn.text
}
