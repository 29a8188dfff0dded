/**
 * Which pages that are out a question is about. Their digests (page-digest.ts) say which may be; those few are read and
 * compared with the question turn by turn as memories are (page-score.ts), and a page comes back when enough speaks
 * for it. A page is read with its neighbourhood: question and answer together, and what the assistant
 * had asked just before, since "Rosa." says nothing by itself.
 */
import type { Turn } from '../../abi/index.ts'
import { compareWith } from '../memory/search/late-interaction.ts'
import { fits, formsAskedFor, statedShare } from '../memory/search/question.ts'
import { ownersIn, sameOwner } from '../memory/search/whose.ts'
import type { WordVectors } from '../memory/search/word-vectors.ts'
import { PAGES_PER_READ } from '../param.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../storage/database.ts'
import type { PageRecord } from '../storage/records.ts'
import { cutText } from '../tools/result.ts'
import { digestOf, readDigest } from './page-digest.ts'
import { searchPages, type FoundPage, type SearchedPage } from './page-search.ts'
import { fuse, relevanceOf, type Candidate } from './page-score.ts'
import type { PageTable } from './page-table.ts'
import {
  PAGE_INDEX_UNITS,
  PAGES_COMPARED,
  PAGES_PER_SLICE,
  RECALL_ANSWERED,
  RECALL_BAR,
  RECALL_PAGES,
  RECALL_SCORE,
  RECALL_SHARE_OF_WORDS,
  TURN_BEFORE_UNITS,
} from './param.ts'
import { isIn } from './plan.ts'

export interface RecallDeps {
  readonly database: Pick<Database, 'list'>
  readonly clock: Pick<Clock, 'sleep'>
  /** The built-in embedder; null when it is not to be had now, and words decide alone. */
  readonly words: () => Promise<WordVectors | null>
}

/** A turn of a page that may be what the question is about. */
interface ReadTurn extends Candidate {
  readonly page: PageRecord
  /** Share of the question's words that its page has. */
  readonly share: number
}

/** Best first, RECALL_PAGES at most. */
export async function findPages(
  deps: RecallDeps,
  table: PageTable,
  question: string,
  allowed: (page: PageRecord) => boolean,
): Promise<PageRecord[]> {
  const vectors = await deps.words()
  const pages = await searchable(deps, table, vectors, allowed)
  const { found, rarity } = searchPages(question, pages, vectors, PAGES_COMPARED)
  const answered = compareWith(question, rarity, vectors)
  const [owners, forms] = [ownersIn(question), formsAskedFor(question)]

  function candidateOf({ words, share, likeness }: FoundPage, page: PageRecord, said: Said): ReadTurn {
    const { text, own, at, owners: named } = said
    return {
      ...{ page, share, words, likeness, number: page.from, uses: page.faults, createdAt: at },
      answered: answered(text).share,
      // That a stretch of talk holds no number says little.
      fits: fits(forms, text) === 1 ? 1 : 0,
      stated: statedShare(own),
      // A question that names nobody may be about anybody's.
      whose: owners.size === 0 ? 0 : sameOwner(owners, named),
    }
  }

  /** What speaks most for a page; of an exchange, either what was asked or what was answered. */
  async function bestOf(one: FoundPage): Promise<ReadTurn[]> {
    const page = table.at(one.from)
    if (!page) return []
    const turns = await readWithNeighbour(deps, table, page, page)
    const said = saidIn(table, page, turns).map((turn) => candidateOf(one, page, turn))
    const [best] = said.sort((left, right) => relevanceOf(right) - relevanceOf(left))
    return best ? [best] : []
  }

  const read = (await Promise.all(found.map(bestOf))).flat().filter(({ whose }) => whose >= 0)
  const isAbout = (turn: ReadTurn, score: number): boolean =>
    vectors === null
      ? turn.share >= RECALL_SHARE_OF_WORDS
      : relevanceOf(turn) >= RECALL_BAR && (score >= RECALL_SCORE || turn.answered >= RECALL_ANSWERED)
  return fuse(read, RECALL_PAGES).flatMap(({ candidate, score }) => (isAbout(candidate, score) ? [candidate.page] : []))
}

/** Pages that are out and may come back, with their digests; those that have none get one. */
async function searchable(
  deps: RecallDeps,
  table: PageTable,
  vectors: WordVectors | null,
  allowed: (page: PageRecord) => boolean,
): Promise<SearchedPage[]> {
  const digestFor = ({ digest }: PageRecord): SearchedPage['digest'] | null => digest && readDigest(digest, vectors)
  const out = (): PageRecord[] => table.pages.filter((page) => !page.held && !isIn(table, page) && allowed(page))
  let made = 0
  for (const stretch of stretchesOf(out().filter((page) => digestFor(page) === null))) {
    const [first, last] = [stretch[0], stretch.at(-1)]
    if (!first || !last) continue
    const turns = await readWithNeighbour(deps, table, first, last)
    for (const page of stretch) {
      const text = textOf(table, page, turns)
      // A page that went while this waited is nobody's any more.
      if (table.at(page.from)?.id === page.id) table.change(page.from, { digest: digestOf(text, vectors) })
      if ((made += 1) % PAGES_PER_SLICE === 0) await deps.clock.sleep(0)
    }
  }
  return out().flatMap((page) => {
    const digest = digestFor(page)
    return digest ? [{ from: page.from, digest }] : []
  })
}

/** All turns of pages that follow one another, and the one before them. */
function readWithNeighbour(
  { database }: RecallDeps,
  table: PageTable,
  first: PageRecord,
  last: PageRecord,
): Promise<Turn[]> {
  const before = table.at(first.from - 1)?.to ?? first.from
  return database.list('turns', { from: [table.agent, Math.min(before, first.from)], to: [table.agent, last.to] })
}

interface Said {
  readonly text: string
  /** The same without what stands before it. */
  readonly own: string
  /** Whose things it is about. */
  readonly owners: ReadonlySet<string>
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number
}

/** What a page says, turn by turn; the first after what the assistant had asked, or in a later part what all of it is about. */
function saidIn(table: PageTable, page: PageRecord, turns: readonly Turn[]): Said[] {
  const own = turns.filter(({ index }) => page.from <= index && index <= page.to)
  return own.map((turn, place) => {
    const lead = place === 0 ? leadOf(table, page, turns) : ''
    const text = cutText(`${lead}\n${turn.text}`.trim(), PAGE_INDEX_UNITS)
    const owners = ownersIn(`${toldBack(lead)} ${turn.role === 'assistant' ? toldBack(turn.text) : turn.text}`)
    return { text, owners, own: turn.text, at: turn.at }
  })
}

/** What an assistant calls yours is the user's. */
const toldBack = (text: string): string => text.replace(/\byour\b/gi, 'my')

function leadOf(table: PageTable, page: PageRecord, turns: readonly Turn[]): string {
  if (!page.begins) return table.pages.findLast(({ begins, from }) => begins && from < page.from)?.stub ?? ''
  const before = turns.findLast(({ index }) => index < page.from)
  const asked = before?.role === 'assistant' && before.text.trimEnd().endsWith('?')
  return asked ? before.text.slice(-TURN_BEFORE_UNITS) : ''
}

const textOf = (table: PageTable, page: PageRecord, turns: readonly Turn[]): string =>
  cutText(
    saidIn(table, page, turns)
      .map(({ text }) => text)
      .join('\n'),
    PAGE_INDEX_UNITS,
  )

/** Neighbouring pages together, so that a long conversation takes few reads, none of them large. */
function stretchesOf(pages: readonly PageRecord[]): PageRecord[][] {
  const stretches: PageRecord[][] = []
  let size = 0
  for (const page of pages) {
    const last = stretches.at(-1)
    const follows = last !== undefined && (last.at(-1)?.to ?? NaN) + 1 === page.from
    if (follows && size + page.turns <= PAGES_PER_READ) {
      last.push(page)
      size += page.turns
    } else {
      stretches.push([page])
      size = page.turns
    }
  }
  return stretches
}
