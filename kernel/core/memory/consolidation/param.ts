/** What tidying up goes by: when it runs, what is old or small, and what a summary may be. */

const DAY_MS = 86_400_000

/** Milliseconds for which nobody wanted tokens before it begins by itself: nobody is in the middle of something. */
export const CONSOLIDATION_IDLE_MS = 60_000

/** Milliseconds between two of its own runs that came to their end. */
export const CONSOLIDATION_EVERY_MS = 6 * 3_600_000

/** Memories below which it does not begin by itself: then there is nothing to tidy, and nothing is loaded for it. */
export const CONSOLIDATION_LEAST = 8

/** Milliseconds after which a fact that no agent ever recalled is out of date, if no person wrote it. */
export const UNUSED_MS = 365 * DAY_MS

/** Milliseconds for which a fact is left as it is, since it was written, changed or recalled. */
export const FRESH_MS = 30 * DAY_MS

/** UTF-16 units of a small fact: a sentence or two. */
export const SMALL_FACT_UNITS = 300

/** Small old facts that one owner has in one scope before any of them are summarised: fewer are no burden to a search. */
export const SUMMARISED_FROM = 20

/** Facts that one summary is made of: fewer save nothing, more are beyond what small models keep apart. */
export const GROUP_LEAST = 3
export const GROUP_MOST = 8

/** Cosine that facts of one summary have with the first: 84 of 100 about the same thing reach it, and 2 of 100 that are not. */
export const GROUP_COSINE = 0.45

/** Neighbours of a fact that are looked at for its group. */
export const GROUP_NEIGHBOURS = 50

/** UTF-16 units of all facts of one summary; with small models also one for each token of the window: 40 % of it. */
export const GROUP_UNITS = 2_000

/** Tokens a summary may take. */
export const SUMMARY_TOKENS = 256

/** How long a summary may be as a share of what it is made of: a longer one is none. */
export const SUMMARY_SHARE = 0.9

/** Share of the telling words of each fact that its summary has to have, and share of its own that may be new. */
export const KEPT_WORDS_SHARE = 0.5
export const NEW_WORDS_SHARE = 0.3

/** Summaries that one run tries at most: some minutes of a small device. */
export const SUMMARIES_PER_RUN = 20

/** Facts for which one run looks for others like them: each takes a search. */
export const LOOKS_PER_RUN = 1_000

/** Memories ended in one commit. */
export const ENDED_PER_COMMIT = 100
