/** The connected client: what `connect()` gives. One per tab is enough; close it when the page no longer needs it. */
import { createAgents } from './agents.ts'
import type { Agents } from './agents.ts'
import { createArchive } from './archive.ts'
import type { Archive } from './archive.ts'
import type { Call, ConnectionState, On } from './call.ts'
import type { Connection } from './connection.ts'
import { createContext } from './context.ts'
import type { Context } from './context.ts'
import { createFiles } from './files.ts'
import type { Files } from './files.ts'
import { createKernelControl } from './kernel.ts'
import type { KernelControl } from './kernel.ts'
import { createListeners } from './listeners.ts'
import { createLlm } from './llm.ts'
import type { Llm } from './llm.ts'
import { createEmbedding } from './embedding.ts'
import type { Embedding } from './embedding.ts'
import { createMemory } from './memory.ts'
import type { MemoryStore } from './memory.ts'
import { createModels } from './models.ts'
import type { Models } from './models.ts'
import { createRuns } from './runs.ts'
import type { Runs } from './runs.ts'
import { createShared } from './shared.ts'
import type { Shared } from './shared.ts'
import { createTools } from './tools.ts'
import type { Tools } from './tools.ts'

/** The connected client. Disposing of it closes it. */
export interface Hearth extends AsyncDisposable {
  /** Number of the kernel start this client talks to. */
  readonly epoch: number
  /** Calls made while it is `connecting` are sent once it is `connected`. */
  readonly state: ConnectionState
  /** What answers: on this device, or on a server. */
  readonly models: Models
  /** Who answers, with instructions, tools and a conversation. */
  readonly agents: Agents
  /** What agents do now, in every tab. */
  readonly runs: Runs
  /** One answer without an agent. */
  readonly llm: Llm
  /** What agents can call, this page’s functions among them. */
  readonly tools: Tools
  /** What is known, and why. */
  readonly memory: MemoryStore
  /** What memory is searched by meaning with. */
  readonly embedding: Embedding
  /** The whiteboard. */
  readonly shared: Shared
  /** Files of agents. */
  readonly files: Files
  /** What of a conversation a model reads. */
  readonly context: Context
  /** Everything in one file. */
  readonly archive: Archive
  /** The kernel itself, and pausing or stopping everything. */
  readonly kernel: KernelControl
  /**
   * Calls `listener` for each event of one type until the returned handle is disposed of (or called).
   * The first listener of a kernel event opens one `kernel.watch` call, shared by all.
   */
  readonly on: On
  /**
   * Any syscall by name, typed. The named members above are made of this.
   * @throws HearthError with the syscall's own codes, or `cancelled`, `unknown`, `kernel-restarted`.
   */
  readonly call: Call
  /** Ends this client: unsettled calls reject with `cancelled`, page tools and lent workers go. Runs go on in the kernel. */
  close(): Promise<void>
}

/** @internal Puts the named members on top of a connection. */
export function createHearth(connection: Connection): Hearth {
  const call: Call = (name, args, { signal, onEvent } = {}) =>
    // The kernel checks arguments and results by the syscall's schemas; here they only pass.
    connection.calls.call(name, args, signal, onEvent as ((event: unknown) => void) | undefined) as Promise<never>
  const on = createListeners(call, connection)

  const close = (): Promise<void> => {
    connection.close()
    return Promise.resolve()
  }
  return {
    get epoch() {
      return connection.epoch
    },
    get state() {
      return connection.state
    },
    models: createModels(call, on),
    agents: createAgents(call),
    runs: createRuns(call),
    llm: createLlm(call),
    tools: createTools(call, on),
    memory: createMemory(call),
    embedding: createEmbedding(call),
    shared: createShared(call),
    files: createFiles(call),
    context: createContext(call),
    archive: createArchive(call),
    kernel: createKernelControl(call),
    on,
    call,
    close,
    [Symbol.asyncDispose]: close,
  }
}
