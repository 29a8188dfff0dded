/** Every limit of embeddings, with its unit and its reason. */

/** Texts that the built-in embedder takes at once, and vectors that are committed together: a tenth of a second, and not a commit for each. */
export const BUILT_IN_BATCH = 64

/** Milliseconds for which the built-in embedder holds the kernel's thread at a time, but for the text it has begun. */
export const BUILT_IN_SLICE_MS = 8

/** Pieces of a text that the built-in embedder reads, the first ones: some 480 words, about as many as local models read. */
export const BUILT_IN_PIECES = 10

/** Texts that a model takes at once: a search waits for no longer than these. */
export const MODEL_BATCH = 8

/** Texts in one request to a server: few enough for the smallest, enough that the way there does not count. */
export const SERVER_EMBEDDING_BATCH = 32

/** UTF-16 units of a memory that are embedded, from its start: some 2,000 tokens, more than most embedding models read. */
export const EMBEDDED_UNITS = 8_000

/** Milliseconds a search waits for the vector of its query before it goes by words alone. */
export const QUERY_VECTOR_MS = 1_500

/** Milliseconds between two looks whether answers are still being written, which go first. */
export const EMBEDDING_YIELD_MS = 250

/** Milliseconds that a batch waits for answers at most: with answers written all day memories get their vectors all the same. */
export const EMBEDDING_PATIENCE_MS = 5_000

/** Milliseconds until what failed for want of a tab, a server or a network is tried again: at first, and at most. */
export const EMBEDDING_RETRY_MS = 2_000
export const EMBEDDING_RETRY_MOST_MS = 60_000

/** Milliseconds between two events of progress: often enough for a bar that moves. */
export const EMBEDDING_NEWS_MS = 250

/** Milliseconds after which a model that embeds nothing gives its memory back. */
export const EMBEDDER_IDLE_MS = 300_000

/** Memories looked at in one slice when it is found out which lack a vector: well below a millisecond. */
export const EMBEDDING_SCAN = 4_000

/** Milliseconds after the start at which what a kernel before left unfinished goes on: the first clients come first. */
export const EMBEDDING_RESUME_MS = 2_000

/** Memories that a model refuses one after the other before it is taken to refuse all. */
export const EMBEDDING_REFUSALS = 3

/** Bytes of a server's reply to one such request: vectors of 4,096 numbers as text, twice over. */
export const SERVER_EMBEDDING_BYTES = 8 * 1024 * 1024

/** Tokens of a text that a local model reads, the first ones: a memory is a sentence or a paragraph, and each token costs time. */
export const EMBEDDING_TOKENS = 512

/** Bytes of memory the sentence encoder may take: its file, its matrices as float32 and what it computes with are below 20 MB. */
export const SENTENCE_ENCODER_BYTES = 64 * 1024 * 1024

/** Milliseconds a server has to begin its reply: it may have to load the model first. */
export const SERVER_EMBEDDING_MS = 120_000

/** Raised whenever the vectors of the built-in embedder or what is embedded of a text change: older ones are not to be compared with newer ones. */
export const BUILT_IN_EDITION = 4

/** Raised with wasm/words/words.bin: digests of pages hold what was made of its vectors. */
export const WORDS_EDITION = 3
