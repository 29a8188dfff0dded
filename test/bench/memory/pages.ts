/**
 * Pages of long conversations that come back when a question is about them: by words alone, by meaning alone, and as the kernel
 * does it. Also what comes back that should not: for questions about what was never said, and for chatter.
 */
import { createRecall } from '../../../kernel/core/context/recall.ts'
import { readDigest } from '../../../kernel/core/context/page-digest.ts'
import { searchPages, type FoundPage } from '../../../kernel/core/context/page-search.ts'
import { PageTable } from '../../../kernel/core/context/page-table.ts'
import { RECALL_PAGES } from '../../../kernel/core/context/param.ts'
import type { Turn } from '../../../kernel/abi/index.ts'
import { WordVectors } from '../../../kernel/core/memory/search/word-vectors.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createClock } from '../../../kernel/drivers/web/clock.ts'
import { userChatter } from './chatter.ts'
import { converse, type Conversation } from './conversations.ts'
import { createDice } from './random.ts'
import type { Topic } from './topic.ts'

export interface PageTally {
  /** Questions about something that was said. */
  asked: number
  /** Of those, how often the page that answers is among the best RECALL_PAGES by each way alone, and is brought back. */
  words: number
  meaning: number
  recalled: number
  /** Other pages brought back with it. */
  others: number
  /** Questions about what was never said, and how many brought something back. */
  never: number
  falsely: number
  /** The same of chatter, much of which has been said before in nearly these words. */
  chatter: number
  chatting: number
}

const CHATTER_ASKED = 30

/** @param other topics that the conversations say nothing of */
export async function scorePages(
  seeds: readonly number[],
  about: readonly Topic[],
  other: readonly Topic[],
  file: Uint8Array,
): Promise<PageTally> {
  const vectors = WordVectors.parse(file)
  const tally = {
    asked: 0,
    words: 0,
    meaning: 0,
    recalled: 0,
    others: 0,
    never: 0,
    falsely: 0,
    chatter: 0,
    chatting: 0,
  }
  for (const seed of seeds) {
    const conversation = converse(seed, about)
    const find = await pagesOf(conversation, vectors)
    for (const { text, evidence } of conversation.asked) {
      const { recalled, words, meaning } = await find(text)
      const holds = (from: number): boolean => find.pageOf(evidence) === from
      tally.asked += 1
      tally.words += Number(words.some(holds))
      tally.meaning += Number(meaning.some(holds))
      tally.recalled += Number(recalled.some(holds))
      tally.others += recalled.filter((from) => !holds(from)).length
    }
    for (const topic of other) {
      for (const question of [topic.asked, topic.otherwise]) {
        tally.never += 1
        tally.falsely += Number((await find(question.replaceAll('@', 'my'))).recalled.length > 0)
      }
    }
    const dice = createDice(seed + 500)
    for (let n = 0; n < CHATTER_ASKED; n += 1) {
      tally.chatter += 1
      tally.chatting += Number((await find(userChatter(dice))).recalled.length > 0)
    }
  }
  return tally
}

interface Finder {
  (question: string): Promise<{ recalled: number[]; words: number[]; meaning: number[] }>
  /** First turn of the page that has a turn. */
  pageOf(turn: number): number
}

/** All pages of a conversation but the newest, put out. */
async function pagesOf({ turns: said }: Conversation, vectors: WordVectors): Promise<Finder> {
  const database = createMemoryDatabase()
  const turns = [...said, { index: said.length, speaker: 'user' as const, text: 'Hello', at: 0 }].map(turnOf)
  await database.commit(
    turns.map((value) => ({ op: 'put', store: 'turns', value })),
    'relaxed',
  )
  const table = new PageTable('a')
  table.append(turns)
  for (const { from } of table.pages.slice(0, -1)) table.change(from, { state: 'out' })
  const recall = createRecall({ database, clock: createClock(), words: () => Promise.resolve(vectors) })
  const find = async (question: string): Promise<Awaited<ReturnType<Finder>>> => {
    const recalled = (await recall.find(table, question, () => true)).map(({ from }) => from)
    const pages = table.pages.flatMap(({ from, digest }) => {
      const read = digest && readDigest(digest, vectors)
      return read ? [{ from, digest: read }] : []
    })
    const { found } = searchPages(question, pages, vectors, RECALL_PAGES)
    const best = (by: 'words' | 'likeness'): number[] =>
      [...found]
        .filter((page: FoundPage) => page[by] > 0)
        .sort((left, right) => right[by] - left[by] || right.from - left.from)
        .slice(0, RECALL_PAGES)
        .map(({ from }) => from)
    return { recalled, words: best('words'), meaning: best('likeness') }
  }
  return Object.assign(find, { pageOf: (turn: number) => table.at(turn)?.from ?? -1 })
}

function turnOf({
  index,
  speaker,
  text,
  at,
}: {
  index: number
  speaker: 'user' | 'assistant'
  text: string
  at: number
}): Turn {
  return {
    ...{ id: `t${index}`, agent: 'a', index, role: speaker, text, toolCalls: [], ended: 'complete', run: 'r', at },
    provenance: { source: 'user', principal: { kind: 'user' }, trust: 'trusted' },
  }
}
