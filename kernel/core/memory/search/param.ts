/** Limits of searching memory, with the unit and the reason of each. */

/** Memories that a search takes by words and by meaning, at least, and those of them that it weighs in full: what bounds its time. */
export const FOUND_BY_WORDS = 200
export const FOUND_BY_MEANING = 300
export const WEIGHED = 240

/** Memories that an index by meaning is asked for when part of the filter is looked at after it: the most it gives. */
export const FOUND_BEFORE_FILTER = 1_024

/** Hits from which on the least like of them tells how like each other things are that have nothing in common. */
export const HITS_FOR_BASELINE = 200

/** Records read from the database at once, and milliseconds of work before the kernel turns to what else is waiting. */
export const RECORDS_PER_READ = 500
export const LOADING_SLICE_MS = 8

/** Scopes that an index by meaning can filter by at once; with more, the filter is looked at after it. */
export const SCOPES_INSIDE = 64
