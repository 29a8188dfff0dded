/** The limits a client can see and should respect. What the kernel alone needs stands in core/param.ts. */

/** Version of the frames and syscalls. Raised when an old client could misunderstand a new kernel. */
export const PROTOCOL = 1

/** Calls a session may have unsettled. The SDK queues above it; a raw client gets `over-limit`. */
export const CALLS_IN_FLIGHT = 256

/** Longest text in one field, in UTF-16 units: about a long book chapter, far below what stalls the kernel. */
export const TEXT_UNITS = 200_000

/** Longest name or id, in UTF-16 units. */
export const NAME_UNITS = 128

/** Tools one agent may use; more would crowd any window. */
export const TOOLS_PER_AGENT = 64

/** Most rounds (model answer + tool calls) one run may take. */
export const ROUNDS_PER_RUN = 64

/** Bounds of a share inside a class: what differs more is better said by a class. */
export const WEIGHT_MIN = 0.01
export const WEIGHT_MAX = 100

/** Tokens of a conversation a user may pin for one agent at most, as a share of its model's window. */
export const PINNED_SHARE = 0.5

/** Longest working block, in UTF-16 units: some 500 tokens, since all blocks are in every window. */
export const BLOCK_UNITS = 2_000

/** Links one memory may have to others. */
export const LINKS_PER_MEMORY = 64

/** Bytes of a file that one call reads or writes: copying them takes a few milliseconds. Larger files go in parts. */
export const FILE_CALL_BYTES = 8 * 1024 * 1024

/** Longest path of a file, in UTF-16 units, and most parts it has. */
export const FILE_PATH_UNITS = 1_024
export const FILE_PATH_DEPTH = 32
