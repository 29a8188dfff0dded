/** Bounds of the whiteboard, which is held in memory whole. "Units" are UTF-16 units of a value's JSON and its key. */

/** Entries of one namespace: what a room of the panel can list, and a watcher can be sent in one piece. */
export const SHARED_NAMESPACE_ENTRIES = 10_000

/** Units of one namespace: 8 MB at most, cloned to a new watcher in some 20 ms. */
export const SHARED_NAMESPACE_UNITS = 4_000_000

/** Entries and units of all namespaces: some 50 MB with everything that is held for them. */
export const SHARED_ENTRIES = 50_000
export const SHARED_UNITS = 16_000_000

/** Units of one value: what is longer is a file. */
export const SHARED_VALUE_UNITS = 64_000

/** Values an entry had before that are kept: enough to see who changed what today, 21 times a value on disk at most. */
export const SHARED_VERSIONS_KEPT = 20

/** Units of an entry's text, which is what models and people are shown of it in lists and hits. */
export const SHARED_TEXT_UNITS = 1_000

/**
 * Deleted entries whose version is remembered, so that an entry that is written anew goes on counting; beyond these, new
 * entries begin above the highest that was forgotten.
 */
export const SHARED_GONE_KEPT = 10_000

/** Milliseconds between two looks at what has ended, at most: a clock that was set forward is noticed this soon. */
export const SHARED_LOOK_MS = 60_000

/** Records read or deleted at once, so that no step blocks the kernel for more than a few milliseconds. */
export const SHARED_PAGE = 500

/** Namespace that tools use when a model names none. */
export const SHARED_DEFAULT_NAMESPACE = 'common'

/** Keys the `shared_list` tool gives a model at most. */
export const SHARED_LISTED = 100
