/** One search: by the graph where that costs less, by a scan where it does not; both give rows by the same similarities. */
import { applyFilter } from './filter'
import { rowOf, similarityOf } from './heap'
import { linkedCount } from './links'
import { allocate } from '../../shared/memory'
import {
  clearResults,
  found,
  hasFloats,
  query,
  queryScale,
  RESULTS,
  resultCount,
  results,
  setResultCount,
  sortResults,
} from './query'
import { idOf, liveColumn, liveCount, matchColumn } from './rows'
import { rescore, scan, scanBytes } from './scan'
import { clearCompared, descend, walk } from './walk'

/**
 * What a walk costs in compared rows of a scan, per row it gathers: some 16 fresh neighbours each, and each three times the
 * cost of a row that is read in order.
 */
const WALK_COST: u64 = 48
const RANDOM_COST: u32 = 3

let start: usize = 0
/** How the last search was done, for tests and measurements: 0 by a scan, 1 by the graph, 2 by a scan after a walk. */
export let way: u32 = 0

export function setUpSearch(): bool {
  start = allocate(8)
  return start !== 0
}

/**
 * Searches for the query taken before. Ids and similarities are at `found` then, best first.
 * @param width rows the graph gathers before the best `k` are taken of them, ef in the paper
 * @param filtered whether the filter counts
 * @param exact whether to scan in any case
 */
export function search(k: u32, width: u32, filtered: bool, exact: bool): u32 {
  const column = filtered ? matchColumn() : liveColumn()
  const matching = filtered ? applyFilter() : liveCount
  const gather = min(max(k, width), RESULTS)
  clearResults()
  way = 0
  if (!exact && linkedCount > 0 && scanCostsMore(matching, gather)) {
    way = searchGraph(column, gather, matching) ? 1 : 2
  }
  if (way === 1) {
    scanBytes(column, true, gather)
    if (hasFloats()) rescore()
  } else {
    clearResults()
    scan(column, false, k)
  }
  sortResults()
  return put(k)
}

/** With a filter a walk is wider by how few rows match, and a scan shorter. */
function scanCostsMore(matching: u32, gather: u32): bool {
  return <u64>matching * matching > <u64>gather * liveCount * WALK_COST
}

/** @returns false when it was given up, because what matches is far from the query and a scan costs less than to go there */
function searchGraph(column: usize, gather: u32, matching: u32): bool {
  clearCompared()
  store<u64>(start, descend(query, queryScale, 0))
  return walk(query, queryScale, 0, start, 1, column, gather, matching / RANDOM_COST)
}

function put(k: u32): u32 {
  setResultCount(min(k, resultCount))
  for (let index: u32 = 0; index < resultCount; index++) {
    const key = load<u64>(results + (index << 3))
    store<u32>(found + (index << 3), idOf(rowOf(key)))
    store<f32>(found + (index << 3), similarityOf(key), 4)
  }
  return resultCount
}
