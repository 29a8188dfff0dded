/** Limits of windows and of what is brought back into them. Shares are of the room for the prompt, in tokens. */

/** Share of the room that all working blocks together may take; beyond it the longest are cut. */
export const BLOCKS_SHARE = 0.2

/** Share that statements which hold until further notice may take when their pages are out. */
export const STANDING_SHARE = 0.1

/** Statements taken of one message, the first ones, and the longest that one may be in UTF-16 units: two lines. */
export const STANDING_PER_PAGE = 4
export const STANDING_UNITS = 240

/** UTF-16 units of a message that are looked through for them: an instruction stands before what it is about. */
export const STANDING_SCAN_UNITS = 4_000

/** Experiences recalled before a run, the share they may take together, and what of one is shown in UTF-16 units. */
export const EXPERIENCES = 2
export const EXPERIENCE_SHARE = 0.1
export const EXPERIENCE_UNITS = 800

/** UTF-16 units from which on a forgotten text is also looked for within longer ones: shorter ones are there by chance. */
export const REDACT_WITHIN_UNITS = 8

/** How long before a memory was written what was said about it may stand in a conversation: a call can wait for a person. */
export const REDACT_BEFORE_MS = 7 * 24 * 60 * 60 * 1000
