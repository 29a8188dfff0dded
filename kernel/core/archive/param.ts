/** Limits of archives, with unit and reason. */

/** Version of the file format. Raised when an older Hearth would misread a newer file. */
export const ARCHIVE_VERSION = 1

/** Version of the records in it: the schema step of drivers/idb/schema.ts that last changed one of them. */
export const ARCHIVE_SCHEMA = 4

/** Bytes of one part of an export: few enough to copy between threads unnoticed, enough that a call each costs nothing. */
export const PART_BYTES = 4 * 1024 * 1024

/** Bytes that are hashed together; also the most of a file's contents that one record carries. */
export const BLOCK_BYTES = 1024 * 1024

/** Bytes read of an archive at once. */
export const READ_BYTES = 1024 * 1024

/** Bytes of one line. A turn's text is at most 200,000 characters and a tool's result 4,000,000; parsing 16 MB takes 100 ms. */
export const LINE_BYTES = 16 * 1024 * 1024

/** Records one archive may have: fifty times what memory holds, and half a minute's work to take in. */
export const ARCHIVE_RECORDS = 500_000

/** Levels that a record may be nested: what a call's arguments may be, and what a record wraps around them. */
export const RECORD_DEPTH = 72

/** Records, and bytes of their lines, of one staged batch: a commit of some tens of milliseconds, none of them on this thread. */
export const STAGE_RECORDS = 250
export const STAGE_BYTES = 1024 * 1024

/** Records read from a store at once: reading them takes the thread some milliseconds. */
export const LIST_RECORDS = 200

/** Milliseconds of work after which the thread is given to whoever waits. */
export const SLICE_MS = 12

/** Milliseconds after which an export that nobody asks on is dropped. */
export const EXPORT_IDLE_MS = 60_000

/** Exports under way at once. Each holds one conversation's text at most. */
export const EXPORTS_OPEN = 2

/** Records at each end of a store that are weighed to estimate the bytes of all; of vectors fewer, as each is up to megabytes. */
export const SAMPLE_RECORDS = 32
export const SAMPLE_SEGMENTS = 2

/** Agents that a preview lists. */
export const AGENTS_SHOWN = 100
