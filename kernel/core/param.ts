/**
 * Limits and defaults of the kernel, with their unit and their reason: of what has no folder of its own, of engines, of drivers.
 * Those of a folder stand in its own param.ts, what clients can see in abi/limits.ts: who wants to know what is bounded, and by
 * what, looks for a file of that name and nowhere else.
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

/** Workers with a sandbox in them at most: one script cannot hold up another, and each costs some 10 MB. */
export const SANDBOX_WORKERS = 2

/** Milliseconds beyond its own limit after which a script's worker is terminated: the worker's own check comes first. */
export const SANDBOX_GRACE_MS = 250

/** Times a script is run whose worker is lost: more tabs than these do not close one after another by chance. */
export const SANDBOX_ATTEMPTS = 5

/** Milliseconds a lent worker has to load QuickJS; slow devices and first downloads need some. */
export const SANDBOX_LOAD_MS = 20_000

/** Bytes of a script's stack, some 680 calls deep; with twice as much a worker's own stack can overflow first. */
export const SANDBOX_STACK_BYTES = 128 * 1024

/** Lines a script may print, UTF-16 units of each, and UTF-16 units of its result as JSON. */
export const SANDBOX_LOG_LINES = 200
export const SANDBOX_LOG_UNITS = 2_000
export const SANDBOX_RESULT_UNITS = 200_000

/** Slots of the local engine: four answers together took a third of the time of four one after another. */
export const LLAMA_SLOTS = 4

/**
 * Conversations the local engine keeps in its KV cache besides those being written. Masked cells cost little: with 15 kept
 * ones of 1,231 tokens an answer wrote 84 tokens a second, with 3 of them 89.
 */
export const LLAMA_RETAINED = 12

/** Bytes of KV cache for those; where a window takes more, fewer are certain to be kept. */
export const LLAMA_RETAINED_BYTES = 64 * 1024 * 1024

/**
 * Bytes up to which the KV cache holds 32-bit numbers on a CPU, which WebAssembly computes with natively. Behind 1,232 tokens
 * the starter model then writes a token in 5.7 ms instead of 7.4.
 */
export const LLAMA_WIDE_KV_BYTES = 256 * 1024 * 1024

/** Bytes of KV cache the local engine may take for all slots together; with long windows it holds fewer slots. */
export const LLAMA_KV_BYTES = 512 * 1024 * 1024

/** Levels a JSON Schema may be nested for the local engine: real ones have below 20, and recursion overflows near 1,000. */
export const SCHEMA_DEPTH = 100

/** Tokens of a prompt llama.cpp reads in one go. It cannot be stopped within, so this is how late an abort may be. */
export const LLAMA_BATCH_TOKENS = 512

/** The same on a CPU, which reads no faster in larger batches: the starter model takes 0.1 s for these, 0.8 s for 512. */
export const LLAMA_CPU_BATCH_TOKENS = 64

/** Bytes of one segment of a download; a crash loses at most one, and a commit of this size does not stall a disk. */
export const DOWNLOAD_SEGMENT_BYTES = 16 * 1024 * 1024

/** Settled calls kept so that a client can learn what became of them after a restart. */
export const CALLS_KEPT = 2_000

/** Ended runs kept for the list. */
export const RUNS_KEPT = 200

/** Milliseconds between two `stats` events while something is generated. */
export const STATS_INTERVAL_MS = 500

/** Facts the `recall` tool gives a model at most, and the share of the best one's score below which a fact is noise. */
export const RECALL_FACTS = 5
export const RECALL_SCORE_SHARE = 0.5

/** Agents of one origin: an idle one costs its record in memory, about a kilobyte beside the user's own text. */
export const AGENTS_KEPT = 10_000

/** Runs of one agent that may wait for the one before; more is a runaway page. */
export const RUNS_WAITING = 32

/** Tokens an answer must have left of its budgets besides its prompt to be begun: fewer say nothing. */
export const ANSWER_TOKENS_LEAST = 16

/** Seconds of a slot that a limited run holds at a time, so that others may draw on the same budget; and the fewest of use. */
export const SLOT_SECONDS_HELD = 5
export const SLOT_SECONDS_LEAST = 0.05

/** Milliseconds between two tries to store how a run ended that could not be: space comes back when the user frees some. */
export const UNSAVED_RETRY_MS = 2_000

/** Runs that may ask one another in a chain, the first included: deeper ones are agents talking in circles. */
export const RUN_DEPTH = 4

/** UTF-16 units of a run's title. */
export const TITLE_UNITS = 80

/** Milliseconds a page has, after a kernel restart, to offer a function again whose interrupted call may be repeated. */
export const TOOL_RETURN_MS = 10_000

/** Functions one session may offer at once. */
export const TOOLS_PER_SESSION = 256

/** UTF-16 units of a tool result that a person or an app gets back whole: as much as one text field. */
export const TOOL_RESULT_WHOLE_UNITS = 200_000

/** Records read or written at once while a conversation's pages are, so that no step blocks the kernel for long. */
export const PAGES_PER_READ = 256

/** Models whose measured rates and token sizes are kept; the one measured longest ago goes first. */
export const CALIBRATIONS_KEPT = 256

/** Objects, arrays and fields one call's arguments may hold: the longest chat with every tool needs about 50,000. */
export const ARGS_NODES = 100_000

/** UTF-16 units of all texts in one call's arguments together: several books; more would stall the kernel to check. */
export const ARGS_UNITS = 4_000_000

/** How deep one call's arguments may nest: far above any JSON Schema, far below what overflows a stack. */
export const ARGS_DEPTH = 64

/** Issues one `bad-request` lists; the first ones are what a person reads. */
export const ISSUES_LISTED = 20

/** Ports open at the same time; a browser with more tabs than this is out of memory before Hearth is. */
export const SESSIONS_OPEN = 512

/** Audit records kept: about a month of an agent that works all day, some megabytes. */
export const AUDIT_KEPT = 20_000

/** Journaled calls between two trims of old records, which run in the background. */
export const TRIM_EVERY = 500

/** Records read at once while trimming, so that no step of it blocks the kernel for more than a few milliseconds. */
export const TRIM_PAGE = 256

/** Times in a row an engine may be lost at once (see IMMEDIATE_LOSS_TOKENS) before the answer or the load fails with its error. */
export const IMMEDIATE_LOSSES = 3

/** Tokens since the last loss, or since the answer began, up to which losing the engine counts as immediate: a model that crashes its engine. */
export const IMMEDIATE_LOSS_TOKENS = 4

/** Milliseconds an engine has to stop writing once told to. It then counts as lost: its slot would never be free again. */
export const ENGINE_STOP_MS = 5_000

/** Milliseconds of the past that the decode rate is measured over: short enough to follow, long enough to read. */
export const RATE_WINDOW_MS = 2_000

/** Milliseconds of the past that a download's speed is averaged over. */
export const SPEED_WINDOW_MS = 5_000

/** Milliseconds between two `model` events that tell of progress only. */
export const PROGRESS_INTERVAL_MS = 100

/** Times a download goes on by itself after a cut connection that brought no new bytes; then it pauses. */
export const DOWNLOAD_ATTEMPTS = 4

/** Milliseconds before the first such attempt; doubles with each. */
export const DOWNLOAD_RETRY_MS = 500

/** Milliseconds without a byte after which a connection counts as cut: longer than any hiccup, shorter than patience. */
export const DOWNLOAD_STALL_MS = 30_000

/** Bytes copied at once from a file the user dropped in. */
export const COPY_CHUNK_BYTES = 4 * 1024 * 1024

/** Window of a model that does not say and whose user did not either: what small devices hold beside the weights. */
export const DEFAULT_CONTEXT_TOKENS = 4_096

/** The same for a server, which keeps its KV cache elsewhere. */
export const SERVER_CONTEXT_TOKENS = 8_192

/** Largest GGUF file the local engine opens, in bytes: its file reads are limited to 2 GiB. */
export const GGUF_FILE_BYTES = 2 * 1024 * 1024 * 1024

/** Share of the device's memory that a model may take, so that the browser and its tabs live on. */
export const MEMORY_SHARE = 0.5

/** Browsers report at most this much memory, in bytes; a device that reports it may have more. */
export const MEMORY_REPORT_CAP = 8 * 1024 * 1024 * 1024

/** Requests one server is sent at once; it queues what it cannot take, and more would only hide that queue from ours. */
export const SERVER_SLOTS = 4

/** Milliseconds a server has to answer what models it has. */
export const SERVER_MODELS_TIMEOUT_MS = 15_000

/** Milliseconds until a server's first byte: it may load a model and read a long conversation on a slow machine before. */
export const SERVER_FIRST_BYTE_MS = 600_000

/** Milliseconds of silence in the middle of a server's answer after which it counts as lost. */
export const SERVER_IDLE_MS = 120_000

/** Milliseconds a server has to tell its usage and close after the last piece of an answer. */
export const SERVER_USAGE_WAIT_MS = 3_000

/** UTF-16 units a server may send without completing an event, so that a line without end fills no memory. */
export const SERVER_EVENT_UNITS = 1024 * 1024

/** UTF-16 units of text and tool arguments in one answer, far above any real one. */
export const SERVER_ANSWER_UNITS = 4 * 1024 * 1024

/** Bytes read of a server's error or of its list of models. */
export const SERVER_REPLY_BYTES = 4 * 1024 * 1024

/** Milliseconds after boot until old records are first trimmed: the first seconds belong to the user. */
export const TRIM_AFTER_BOOT_MS = 30_000

/** Jobs that may wait for one engine. Each costs some 1.5 KB; with more, nobody at the end would see an answer today. */
export const WAITING_JOBS = 20_000

/**
 * Tokens an engine with one slot gives a job before another of its class may take the slot: some sentences to a reader, a
 * few seconds on a slow engine. With several slots each is held as many times as long: stopping one of several answers
 * costs what the engine has written of it ahead of its readers.
 */
export const QUANTUM_TOKENS = 64

/** Milliseconds between two looks at how far those who wait have come: telling each of every step would cost more than the steps. */
export const QUEUE_NEWS_MS = 250

/** Places at the head of the line of which each step is told; further back only a tenth of the way is news. */
export const QUEUE_NEWS_PLACES = 8

/** Milliseconds after which an answer of a run that the queue had no room for asks again, when the queue does not say. */
export const QUEUE_RETRY_MS = 1_000

/** Times in a row the model may be taken from an answer before it wrote anything; the next time it may write first. */
export const FRUITLESS_PREEMPTIONS = 2

/** Milliseconds between two `scheduler` events while somebody wants tokens: fast enough to watch, slow enough to draw. */
export const SCHEDULER_EVENT_MS = 250

/** Jobs and slices one `scheduler` event carries at most: a screenful and more, and no strain on the port. */
export const JOBS_TOLD = 200
export const SLICES_TOLD = 500

/** Slices of the timeline kept: hours of a person's use, minutes of a benchmark, about a megabyte. */
export const TIMELINE_SLICES = 5_000

/** Milliseconds of the past that one sample of the charts stands for, and samples kept: five minutes. */
export const SAMPLE_MS = 1_000
export const SAMPLES_KEPT = 300

/** Answers over which the time to the first token is told. */
export const FIRST_TOKENS_KEPT = 200

/** What a rate or a load time must have changed by, as a share, to be stored again. */
export const CALIBRATION_CHANGE = 0.1

/** Uncached tokens of a prompt below which the time to read it says nothing of the rate. */
export const PREFILL_RATE_TOKENS = 16

/** Prompt tokens for each UTF-16 unit of a request whose sender did not guess: only the order of magnitude counts. */
export const TOKENS_PER_UNIT = 0.4

/** Days of an agent's spending kept beside today's: a clock that was set wrong and goes back finds what was spent then. */
export const SPENDING_DAYS_KEPT = 4

/** Tokens of the longest quantum: with prompts that take long to read fewer turns are taken, but nobody waits a minute for one. */
export const QUANTUM_MAX_TOKENS = 512

/** How much longer than the reading of its prompt a quantum is at least: reading takes a fifth of the time, writing the rest. */
export const SWITCH_FACTOR = 4

/** Virtual tokens of a prompt token, against 1 of a written one: providers charge about a quarter, and engines need less. */
export const PROMPT_TOKEN_SHARE = 0.25

/** Tokens given to higher classes after which a class that waits gets a quantum: about a tenth of all tokens. */
export const AGEING_TOKENS = 8 * QUANTUM_TOKENS

/** Milliseconds after which a job without a deadline goes before one of its flow with a later one: nobody waits for ever. */
export const PATIENCE_MS = 600_000

/** Tokens an answer may still write at most, so that a higher class waits for its end: stopping takes as long. */
export const PREEMPT_REST_TOKENS = 2

/** Milliseconds a higher class waits at most for an answer about to end, where stopping it would cost more: a person sees no less. */
export const PREEMPT_PATIENCE_MS = 50

/** Milliseconds of a model's loading before it was measured: a small model from the cache, on a slow device. */
export const LOAD_GUESS_MS = 5_000

/** How many times longer than its loading a model stays while it has work: at most a fifth of the time goes into loading. */
export const RESIDENCY_FACTOR = 4

/** Weight of a new measurement of a rate against what was known: follows a change in some ten measurements. */
export const RATE_SHARE = 0.2

/** Milliseconds for which a refused call waits at least: asking sooner would only be refused again. */
export const RETRY_MIN_MS = 100

/** Milliseconds for which it is remembered what a flow was served though it has nothing to do: longer than a tool call. */
export const FLOW_KEPT_MS = 60_000
