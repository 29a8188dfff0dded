/**
 * Finds files by their names, and text files by their words and by what they mean. What it needs to know of a space is read when
 * that is first searched, in slices, and again where files have changed since; the spaces unsearched longest are forgotten.
 */
import type { SyscallArgs, SyscallResult } from '../../abi/index.ts'
import { compareWith } from '../memory/search/late-interaction.ts'
import type { WordVectors } from '../memory/search/word-vectors.ts'
import type { Clock } from '../platform.ts'
import { eachOf, headsWithin, infoOf, isThere, versionAt } from './file-table.ts'
import {
  FILE_INDEX_BYTES,
  MEANING_WEIGHT,
  NAME_LEAST_SHARE,
  PASSAGES_HELD,
  PASSAGES_PER_TURN,
  PASSAGE_CANDIDATES,
  PASSAGE_LEAST_ANSWERED,
  PASSAGE_LEAST_COSINE,
  TEXTS_AT_ONCE,
  WORDS_WEIGHT,
} from './param.ts'
import { nameMatch } from './name-match.ts'
import { PassageIndex, type PassageMatch } from './passage-index.ts'
import { passageAt, passagesOf } from './passages.ts'
import { isWithin } from './paths.ts'
import { readRange, type Reading } from './read.ts'
import type { FileRecord } from './records.ts'

type Args = SyscallArgs<'files.search'>
type Result = SyscallResult<'files.search'>
type Hit = Result['hits'][number]

export interface FileSearchDeps {
  readonly reading: Reading
  readonly clock: Pick<Clock, 'sleep'>
  /** The built-in embedder; null when it cannot be had now. */
  readonly words: () => Promise<WordVectors | null>
}

interface Space {
  readonly index: PassageIndex
  readonly withVectors: boolean
  /** Changes of the space come one after another. */
  last: Promise<unknown>
}

export class FileSearch {
  readonly #deps: FileSearchDeps
  /** In the order in which they were last searched. */
  readonly #spaces = new Map<string, Space>()

  constructor(deps: FileSearchDeps) {
    this.#deps = deps
  }

  async search(args: Args, signal: AbortSignal): Promise<Result> {
    const { space, path, query, by, k } = args
    const heads = new Map<string, FileRecord>()
    for await (const head of headsWithin(this.#deps.reading.records, space, '')) {
      if (isThere(head)) heads.set(head.path, head)
    }
    signal.throwIfAborted()
    const hits = new Map<string, Hit>()
    const hitOf = (head: FileRecord): Hit => {
      const hit = hits.get(head.path) ?? {
        file: infoOf(head),
        score: 0,
        parts: { name: 0, words: 0, meaning: 0 },
        passage: null,
      }
      hits.set(head.path, hit)
      return hit
    }
    if (by.includes('name')) {
      for (const head of heads.values()) {
        const name = isWithin(head.path, path) ? nameMatch(query, head.path) : 0
        if (name >= NAME_LEAST_SHARE) hitOf(head).parts.name = name
      }
    }
    let left: number | null = null
    if (by.includes('words') || by.includes('meaning')) {
      const vectors = await this.#deps.words()
      const { index, skipped } = await this.#refreshed(space, heads, vectors, signal)
      left = [...skipped].filter((each) => isWithin(each, path)).length
      const allowed = (each: string): boolean => isWithin(each, path) && heads.has(each)
      for (const passage of await this.#passages(
        index,
        heads,
        args,
        by.includes('meaning') ? vectors : null,
        allowed,
        signal,
      )) {
        const head = heads.get(passage.path)
        if (!head) continue
        const hit = hitOf(head)
        const score = passage.words * WORDS_WEIGHT + passage.meaning * MEANING_WEIGHT
        if (hit.passage !== null && score <= hit.score) continue
        hit.score = score
        hit.parts = { ...hit.parts, words: passage.words * WORDS_WEIGHT, meaning: passage.meaning * MEANING_WEIGHT }
        hit.passage = { text: passage.text, at: passage.at }
      }
    }
    const all = [...hits.values()]
    for (const hit of all) hit.score = hit.parts.name + hit.parts.words + hit.parts.meaning
    all.sort((one, other) => other.score - one.score || (one.file.path < other.file.path ? -1 : 1))
    return { hits: all.slice(0, k), left }
  }

  /** No longer holds what it knows of these paths, or of the whole space. */
  forget(space: string, paths: readonly string[] | 'all'): void {
    const held = this.#spaces.get(space)
    if (paths === 'all') this.#spaces.delete(space)
    else if (held) {
      held.last = held.last.then(() => {
        for (const path of paths) held.index.remove(path)
      })
    }
  }

  /** Passages held of all spaces. */
  get held(): number {
    let held = 0
    for (const { index } of this.#spaces.values()) held += index.size
    return held
  }

  async #passages(
    index: PassageIndex,
    heads: ReadonlyMap<string, FileRecord>,
    { query, by }: Args,
    vectors: WordVectors | null,
    allowed: (path: string) => boolean,
    signal: AbortSignal,
  ): Promise<{ path: string; at: number; text: string; words: number; meaning: number }[]> {
    const found = index.search(query, vectors?.embed(query) ?? null, PASSAGE_CANDIDATES, allowed)
    const worth = ({ words, cosine }: PassageMatch): number => words + cosine
    found.sort((one, other) => worth(other) - worth(one))
    const answered = vectors && compareWith(query, (stem) => index.rarity(stem), vectors)
    const candidates = found.slice(0, PASSAGE_CANDIDATES)
    const files = [...new Set(candidates.flatMap((match) => heads.get(match.path) ?? []))]
    const read = await eachOf(files, TEXTS_AT_ONCE, (head) => this.#textOf(head, signal))
    const texts = new Map(files.map((head, index) => [head.path, read[index] ?? null]))
    const passages = []
    for (const match of candidates) {
      const whole = texts.get(match.path) ?? null
      if (whole === null) continue
      const text = passageAt(whole, match.at)
      const share = answered?.(text).share ?? 0
      const words = by.includes('words') ? match.words : 0
      if (words === 0 && share < PASSAGE_LEAST_ANSWERED && match.cosine < PASSAGE_LEAST_COSINE) continue
      passages.push({ path: match.path, at: match.at, text, words, meaning: Math.max(share, match.cosine) })
    }
    return passages
  }

  /** The index of a space as it is now, and the text files that are not in it. */
  #refreshed(
    space: string,
    heads: ReadonlyMap<string, FileRecord>,
    vectors: WordVectors | null,
    signal: AbortSignal,
  ): Promise<{ index: PassageIndex; skipped: Set<string> }> {
    const before = this.#spaces.get(space)
    // What was indexed while there were no vectors is indexed once more.
    const held =
      before && (before.withVectors || vectors === null)
        ? before
        : { index: new PassageIndex(), withVectors: vectors !== null, last: Promise.resolve() }
    this.#spaces.delete(space)
    this.#spaces.set(space, held)
    const mine = held.last.then(() => this.#refresh(held.index, heads, vectors, signal))
    held.last = mine.catch(() => {})
    return mine.then((skipped) => ({ index: held.index, skipped }))
  }

  async #refresh(
    index: PassageIndex,
    heads: ReadonlyMap<string, FileRecord>,
    vectors: WordVectors | null,
    signal: AbortSignal,
  ): Promise<Set<string>> {
    for (const path of index.paths()) if (index.hashOf(path) !== heads.get(path)?.hash) index.remove(path)
    const skipped = new Set<string>()
    let added = 0
    // The newest first: they are what is searched for when there is no room for all.
    const missing = [...heads.values()].filter((head) => head.text && index.hashOf(head.path) === undefined)
    missing.sort((one, other) => other.updatedAt - one.updatedAt || (one.path < other.path ? -1 : 1))
    for (let from = 0; from < missing.length; from += TEXTS_AT_ONCE) {
      const batch = missing.slice(from, from + TEXTS_AT_ONCE)
      const room = this.#makeRoom(index)
      const texts = await eachOf(batch, TEXTS_AT_ONCE, async (head) =>
        room && head.bytes <= FILE_INDEX_BYTES ? this.#textOf(head, signal) : null,
      )
      for (const [at, head] of batch.entries()) {
        const text = texts[at] ?? null
        if (text === null) skipped.add(head.path)
        else added = await this.#add(index, head, text, vectors, added, signal)
      }
    }
    return skipped
  }

  /** @returns how many passages were added so far. @throws the signal's reason; then nothing of the file is indexed */
  async #add(
    index: PassageIndex,
    head: FileRecord,
    text: string,
    vectors: WordVectors | null,
    added: number,
    signal: AbortSignal,
  ): Promise<number> {
    index.begin(head.path, head.hash)
    try {
      for (const passage of passagesOf(text)) {
        if (++added % PASSAGES_PER_TURN === 0) await this.#deps.clock.sleep(0, signal)
        index.add(head.path, passage, vectors)
      }
    } catch (error) {
      index.remove(head.path)
      throw error
    }
    return added
  }

  /** Null when it is damaged or has changed meanwhile: then it is found the next time. */
  async #textOf({ space, path, version }: FileRecord, signal: AbortSignal): Promise<string | null> {
    const { reading } = this.#deps
    try {
      const record = await versionAt(reading.records, space, path, version)
      return new TextDecoder().decode(await readRange(reading, record, 0, record.bytes, signal))
    } catch {
      signal.throwIfAborted()
      return null
    }
  }

  /** Whether more may be held, once other spaces were forgotten. */
  #makeRoom(index: PassageIndex): boolean {
    let { held } = this
    for (const [id, space] of this.#spaces) {
      if (held < PASSAGES_HELD) return true
      if (space.index === index) continue
      this.#spaces.delete(id)
      held -= space.index.size
    }
    return held < PASSAGES_HELD
  }
}
