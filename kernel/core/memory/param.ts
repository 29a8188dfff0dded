/** Limits and defaults of what is remembered, with the unit and the reason of each. */

/** Memories of one origin, the whiteboard aside: what a search still answers within 20 ms. */
export const MEMORIES_KEPT = 100_000

/** Earlier versions kept of one memory: more than a person looks through, and a bound on an agent that keeps editing one. */
export const VERSIONS_PER_MEMORY = 100

/** Blocks of one owner: all of them are in every window. */
export const BLOCKS_PER_OWNER = 8

/** Milliseconds that counts of use may wait, so that many recalls are one commit. What a crash loses is only a count. */
export const USES_FLUSH_MS = 5_000

/**
 * Memories that are looked at before the kernel turns to what else is waiting: some 2 ms, as reading what one states takes 13 µs,
 * and several times that before the code that does it is compiled.
 */
export const MEMORIES_PER_SLICE = 128

/** Links that are followed from one memory, in explaining and forgetting it: bounds what a hostile import can cause. */
export const LINKS_FOLLOWED = 1_000

/** Runs whose recalled texts are kept to tell them from new ones, and texts of each. */
export const RECALLING_RUNS = 256
export const RECALLED_PER_RUN = 256

/** Turns of an exchange that explain a memory, the last before it was written; turns read at once while it is looked for. */
export const TURNS_EXPLAINING = 32
export const TURNS_PER_READ = 256

/** Milliseconds that a clock of another machine may be ahead before its dates are refused. */
export const CLOCK_SKEW_MS = 86_400_000

/** Largest version and use count that an import may bring: far above any real one, far below where counting breaks. */
export const IMPORTED_COUNT_MAX = 1_000_000_000

/** UTF-16 units of the longest fact that is looked at for what it contradicts: a long one says more than one thing. */
export const STATED_UNITS = 1_000

/**
 * Share of a former task's telling words that a new one has, or the cosine of both, from which they are work of a kind. None of
 * 24,000 pairs that have nothing in common reach the cosine, and 5 of 62 that say such work in wholly other words.
 */
export const EXPERIENCE_LEAST_SHARE = 0.5
export const EXPERIENCE_LEAST_COSINE = 0.61

/** Bytes one vector index may take: some 900,000 int8 vectors of 384 with their graph, an eighth of a small device. */
export const VECTOR_MEMORY_BYTES = 512 * 1024 * 1024

/** Numbers one vector may have: the largest embedding models give 4,096. */
export const VECTOR_DIMENSIONS = 4_096

/** Vectors in one change: a megabyte or two, checked, quantised and copied in a few milliseconds. */
export const VECTORS_PER_CHANGE = 1_024

/** Results of one search. */
export const VECTOR_RESULTS = 1_024

/** Vectors a graph search gathers, and weighs when it links one: beyond these, measured recall no longer grew. */
export const VECTOR_SEARCH_WIDTH = 64
export const VECTOR_BUILD_WIDTH = 128

/** Vectors up to which a search compares all of them: it takes half a millisecond, and is exact. */
export const VECTOR_GRAPH_FROM = 20_000

/** Milliseconds the index works in the background before others get their turn, and vectors it links meanwhile at most. */
export const VECTOR_SLICE_MS = 8
export const VECTOR_SLICE_ROWS = 64

/** Share of a graph that may be tombstones, which searches walk through for nothing, before it is mended. */
export const VECTOR_TOMBSTONE_SHARE = 0.2

/** Changed vectors, and commits of changes, between two checkpoints: what a restart has to read again. */
export const VECTOR_JOURNALED = 4_096
export const VECTOR_JOURNAL_RECORDS = 64

/** Share of a graph that a restart may have to link again because it was linked after the last checkpoint. */
export const VECTOR_RELINK_SHARE = 0.125

/** Segments read at the same time: enough that the database never waits for us, few enough that they fit in memory. */
export const VECTOR_READS = 8

/** Vectors the voy driver takes: at 20,000 a search takes 20 ms and a start builds for seven seconds. */
export const VOY_VECTORS = 20_000
