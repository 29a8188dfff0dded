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

/** Different words of one page that it is found by; a page has some 60. */
export const PAGE_WORDS = 512

/** Words of a question that pages are searched for, the first ones. */
export const QUESTION_WORDS = 32

/** Pages that one question brings back at most. */
export const RECALL_PAGES = 3

/**
 * What a page needs to come back, by memory/search/fusion.ts: what speaks for it, comparable between questions, and its score,
 * which keeps out pages that only have words in common with what is no question about the past. Chosen on the topics of
 * test/bench/memory that its benchmark does not report; what they give is in that benchmark.
 */
export const RECALL_BAR = 0.6
export const RECALL_SCORE = 1.3

/** What makes up for a low score: that nearly all of the question's words, or others that mean the same, are in one turn. */
export const RECALL_ANSWERED = 0.9

/** Without an embedder a page needs that share of the question's telling words, weighted by rarity. */
export const RECALL_SHARE_OF_WORDS = 0.6

/** Cosine of texts that have nothing to do with one another, and for how many pages that guess counts beside real ones. */
export const USUAL_LIKENESS = 0.07
export const PAGES_FOR_BASELINE = 32

/** Pages compared word by word, by words and as many by meaning; twice as many found 1% more. */
export const PAGES_COMPARED = 24

/** UTF-16 units of one page that are indexed; a long result says what it is about in its beginning. */
export const PAGE_INDEX_UNITS = 4_000

/** UTF-16 units of what the assistant had asked before a page that belong to it: a question stands at the end. */
export const TURN_BEFORE_UNITS = 240

/** Pages indexed before the kernel turns to what else is waiting: some 5 ms, and 30 for pages of PAGE_INDEX_UNITS. */
export const PAGES_PER_SLICE = 8

/**
 * Tokens per UTF-8 byte before a model has reported any: English in common vocabularies is about 0.25, small
 * vocabularies and other scripts about 0.5; guessing high only leaves out an old turn too many.
 */
export const TOKENS_PER_BYTE = 0.45

/** Tokens (as guessed without a model) above which an exchange is cut into several pages: small enough for a page to be recalled into a window of 2,048. */
export const PAGE_TOKENS = 384

/** UTF-16 units of a page's first words, as people see them. */
export const STUB_UNITS = 120

/** Pages of all conversations held in memory, without text: some 500 bytes each. Those unused longest are read again. */
export const PAGES_HELD = 20_000

/** Share of the room for the prompt that is left filled when pages have to go: the next several questions find it free. */
export const EVICT_TO_SHARE = 0.6

/** Below this share, pages that are out come back, newest first: a model with a larger window serves now. */
export const REFILL_BELOW_SHARE = 0.3

/** Share of the room for the prompt that recalled pages may take together. */
export const RECALL_SHARE = 0.2

/** Tokens the chat template adds around one message or one tool, beyond its text. */
export const TOKENS_PER_MESSAGE = 8
