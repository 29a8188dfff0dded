/** Limits of pages' tools. Most are of checking what models give them by schemas that anybody may write, on the kernel's thread. */

/** Times a page's function that may be repeated is called in all while its page closes or reloads: it may be what closes it. */
export const TOOL_ATTEMPTS = 3

/** Places of a schema that are compared with values in one check: some 40 ms, and fifty times what a long order takes. */
export const SCHEMA_STEPS = 50_000

/** Steps of all patterns in one check: some 20 ms, a pattern of twenty characters over a text of 25,000. */
export const PATTERN_STEPS = 500_000

/** Instructions of one pattern, and bytes that one match may need to know where it has been. */
export const PATTERN_INSTRUCTIONS = 2_000
export const PATTERN_PLACES = 2_000_000

/** Different patterns of all schemas in one life of the kernel; each stays known, at some kilobytes. */
export const PATTERNS_KNOWN = 4_096

/** Items of an array that must differ: each is compared with each. */
export const UNIQUE_ITEMS = 1_000

/** UTF-16 units of a text that must have a format, and of a property's name that is compared with patterns. */
export const FORMATTED_UNITS = 2_048
export const NAME_COMPARED_UNITS = 256
