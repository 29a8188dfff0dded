/** Limits of agents' files. What clients should respect stands in abi/limits.ts. */

/**
 * Bytes of one chunk, the piece that contents are stored and checked in: large enough that a hundred megabytes are a hundred
 * writes, small enough that reading a line or appending one takes a few milliseconds. Stored with each version, so it may change.
 */
export const FILE_CHUNK_BYTES = 1024 * 1024

/**
 * Bytes of the smallest chunks that an archive may bring. What is appended to such a file is cut likewise: smaller ones would make
 * a million pieces of it. Larger ones than above would not fit into an archive again.
 */
export const FILE_CHUNK_BYTES_LEAST = 1024

/** Chunks of one call that are hashed and stored, or read, at the same time: the disk is busy, and few are in memory. */
export const FILE_CHUNKS_AT_ONCE = 4

/** Largest file, in bytes: its list of chunks is 64 KB. */
export const FILE_BYTES = 1024 * 1024 * 1024

/** Bytes of all contents of one space, equal ones once; what the browser itself gives may be less. */
export const FILE_SPACE_BYTES = 4 * 1024 * 1024 * 1024

/** Paths of one space, deleted ones that can be brought back included: any change of all of them is one commit. */
export const FILES_PER_SPACE = 5_000

/** Of these the share whose longest deleted ones are purged when the space has no room for another path. */
export const FILES_PURGED_SHARE = 0.1

/** Versions kept of one path; the oldest go first. */
export const FILE_VERSIONS_KEPT = 50

/** Records read at once, so that no step blocks the kernel for more than a few milliseconds. */
export const FILES_PER_READ = 256

/** Records asked for one by one, and small files read, at the same time: several are under way in the browser, and few wait. */
export const FILES_AT_ONCE = 64
export const TEXTS_AT_ONCE = 8

/** Uploads open at the same time, and milliseconds after which one that stands still is forgotten. */
export const UPLOADS_OPEN = 16
export const UPLOAD_IDLE_MS = 600_000

/** Milliseconds of rest after which contents that no record names are deleted: a burst of changes is swept once. */
export const SWEEP_AFTER_MS = 2_000

/** Contents deleted before the kernel turns to what else is waiting. */
export const SWEPT_PER_TURN = 64

/** Bytes of the largest text file that is searched by its words and meaning: a long book. */
export const FILE_INDEX_BYTES = 2 * 1024 * 1024

/** UTF-16 units of one passage of a text, some 150 words: short enough that its meaning is one. */
export const PASSAGE_UNITS = 1_000

/** Passages indexed before the kernel turns to what else is waiting: some 10 ms. */
export const PASSAGES_PER_TURN = 32

/** Passages held for search, of all spaces, some 2 KB each without their text. Those of spaces unsearched longest go first. */
export const PASSAGES_HELD = 20_000

/** Passages whose words are compared with the question one by one: what bounds how much text one search reads. */
export const PASSAGE_CANDIDATES = 40

/**
 * What a passage needs that has none of a question's words: to answer this share of it in other words, or this cosine with it.
 * Half a percent of sentences that have nothing to do with a question passes either, on the topics of test/bench/memory, and every
 * second one that answers it. With other word vectors (wasm/words) both are to be chosen anew.
 */
export const PASSAGE_LEAST_ANSWERED = 0.26
export const PASSAGE_LEAST_COSINE = 0.44

/** Of a question's words the share that a name must have. */
export const NAME_LEAST_SHARE = 0.5

/** What a whole match by words and one by meaning count, where one by name counts 1. */
export const WORDS_WEIGHT = 1
export const MEANING_WEIGHT = 0.8

/** Files that `list_files` names, and hits that `search_files` gives with UTF-16 units of each: what a small window has room for. */
export const TOOL_FILES_LISTED = 50
export const TOOL_FILE_HITS = 3
export const TOOL_PASSAGE_UNITS = 300

/** Bytes of a file that `read_file` gives at a time. */
export const TOOL_PAGE_BYTES = 2_000
