/**
 * Every limit and default of the kernel, with its unit and its reason. What clients can see stands in abi/limits.ts.
 */

/** Frames one session may send between two turns of the kernel's event loop; above it the port is closed as a flood. */
export const FRAMES_PER_TURN = 2_048

/** Refused calls (over-limit, bad-request) after which a session is closed: it is broken or hostile. */
export const REFUSALS_PER_SESSION = 1_000

/** Milliseconds a new port has to say hello. */
export const HELLO_TIMEOUT_MS = 10_000

/** Milliseconds a tab has to answer `lend`; a busy main thread needs some, a dead one is noticed sooner by its lock. */
export const LEND_TIMEOUT_MS = 15_000

/** Milliseconds between two posts of streamed text: one frame at 60 Hz, the least a person can see. */
export const COALESCE_MS = 16

/** Share of the window kept for the answer when a request does not say: a quarter. */
export const ANSWER_SHARE = 0.25

/** UTF-16 units of one tool result that go to the model; the rest is cut, with a note saying so. */
export const TOOL_RESULT_UNITS = 8_000

/** Milliseconds and bytes of one sandboxed script. A second is long for a calculation and short for a person. */
export const SANDBOX_TIMEOUT_MS = 1_000
export const SANDBOX_MEMORY_BYTES = 32 * 1024 * 1024

/** Slots of the local engine: four answers together took a third of the time of four one after another. */
export const LLAMA_SLOTS = 4

/** Bytes of one segment of a download; a crash loses at most one, and a commit of this size does not stall a disk. */
export const DOWNLOAD_SEGMENT_BYTES = 16 * 1024 * 1024

/** Settled calls kept so that a client can learn what became of them after a restart. */
export const CALLS_KEPT = 2_000

/** Ended runs kept for the list. */
export const RUNS_KEPT = 200

/** Milliseconds between two `stats` events while something is generated. */
export const STATS_INTERVAL_MS = 500
