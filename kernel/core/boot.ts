/**
 * The table of contents of the kernel: what it is made of, in the order in which it comes up. A host makes the Platform,
 * calls `boot` and hands over every port that connects; ports that come before boot is done wait at the host, where their
 * messages queue. The kernel may die at any instruction: nothing here relies on disposal.
 */
import { createAgentService } from './agents/service.ts'
import type { AgentService } from './agents/service.ts'
import { finishArchive } from './archive/at-boot.ts'
import { createArchiveHandlers } from './archive/service.ts'
import { openAuditLog } from './audit/log.ts'
import { openCalibrations } from './calibrations.ts'
import { createCallRecords } from './call-records.ts'
import { createContextService } from './context/service.ts'
import { createEmbeddings } from './embeddings/embeddings.ts'
import type { Endpoint } from './endpoint.ts'
import { SchedulingSettings } from './engines/scheduling-settings.ts'
import { createModelService } from './engines/service.ts'
import { takeEpoch } from './epoch.ts'
import { createKernelEvents } from './events.ts'
import { createFilesService } from './files/service.ts'
import { createGate } from './gate.ts'
import { createKernelHandlers } from './handlers-kernel.ts'
import { createLeases } from './leases.ts'
import { createLlmHandlers } from './llm.ts'
import type { SourceOf } from './memory/agent-memory.ts'
import type { Quotes } from './memory/forgetting.ts'
import { createConsolidation } from './memory/consolidation/handlers.ts'
import { createMemoryService } from './memory/service.ts'
import { openBudgets } from './governance/budgets.ts'
import type { Platform } from './platform.ts'
import { TRIM_AFTER_BOOT_MS } from './param.ts'
import { createSessions } from './sessions.ts'
import { createShared } from './shared/handlers.ts'
import { handlersOf } from './syscalls.ts'
import type { AskAgent } from './tools/builtin/ask-agent.ts'
import { createToolService } from './tools/service.ts'
import type { EffectsOf } from './tools/tool.ts'

export interface Kernel extends AsyncDisposable {
  readonly epoch: number
  /** Takes a port. @param origin of the page at its other end; the kernel's own when left out */
  readonly connect: (endpoint: Endpoint, origin?: string) => void
  /** Resolves when no port is connected: what is under way is in the journal, and another kernel may take over. */
  readonly deserted: () => Promise<void>
  /** Ports connected now. */
  readonly ports: () => number
  /** Resolves when it has to start anew, with what it finds in storage then: dispose of it, and boot again. */
  readonly replaced: Promise<void>
}

/**
 * For a host that tries again: when booting fails it closes the database, so that what had started by then writes nothing
 * beside the kernel of the next attempt.
 * @throws HearthError as `boot` does
 */
export async function bootOrClose(platform: Platform): Promise<Kernel> {
  try {
    return await boot(platform)
  } catch (error) {
    platform.database.close()
    throw error
  }
}

/** @throws HearthError `unsupported`, `storage-full` or `storage-failed` when there is nothing to run on. */
export async function boot(platform: Platform): Promise<Kernel> {
  const { database, clock, random, liveness } = platform
  const startedAt = clock.now()
  // What the last kernel was asked to do to all that is stored, before anybody reads it.
  await finishArchive(platform)
  // The epoch first: everything that is written carries it.
  const epoch = await takeEpoch(database)
  // Who is told of changes, and who lends workers: neither needs anything yet.
  const events = createKernelEvents()
  const leases = createLeases({ clock, random })
  // The log and the calls on record, where the last kernel left them.
  const audit = await openAuditLog({ database, clock, epoch })
  const agentsNow: { service?: AgentService } = {}
  const runOfCall = (call: string): string | undefined => agentsNow.service?.runOfCall(call)
  const toolsOf = (agent: string): readonly string[] | undefined => agentsNow.service?.toolsOf(agent)
  const records = createCallRecords({ database, clock, epoch, runOfCall })
  // The gate before what is behind it, because agents call tools through it.
  const gate = createGate({ database, random, audit, records, toolsOf, runOfCall })
  // What was measured of models, by earlier kernels too.
  const calibrations = await openCalibrations(database)
  // How a person has it scheduled, and whether everything is paused.
  const settings = await SchedulingSettings.open(database)
  // Models, embeddings, memory, tools, windows, budgets, agents: each uses only those before it, and agents ask one another.
  const models = await createModelService({ platform, settings, calibrations, events, lender: leases })
  const load = async (): Promise<void> => void (await (await memory.parts()).index.count({}))
  const embeddings = createEmbeddings({ platform, events, models: models.forEmbedding, lender: leases, load })
  const shared = createShared({ platform, events })
  const sourceOf: SourceOf = (run) => agentsNow.service?.sourceOf(run)
  const quotes: Quotes = (memories) => context.redact(memories)
  const memory = createMemoryService({
    ...{ platform, events, sourceOf, quotes, vectors: embeddings },
    board: () => shared.service(),
  })
  const ask: AskAgent = (request) =>
    agentsNow.service?.ask(request) ?? Promise.reject(new Error('The kernel is still starting.'))
  const effectsOf: EffectsOf = (principal) =>
    agentsNow.service?.effectsOf(principal) ?? ((writes) => database.commit(writes, 'strict'))
  const agentExists = (id: string): boolean => toolsOf(id) !== undefined
  const files = createFilesService({ platform, events, agentExists, words: () => embeddings.words() })
  const tools = createToolService({ platform, events, lender: leases, memory, shared, files, ask, effectsOf })
  // Memory is tidied up when nobody needs the model.
  const consolidation = createConsolidation({ platform, events, memory, models, everything: settings })
  const context = createContextService({
    ...{ database, clock, events, audit, calibrations, tools, memory },
    ...{ model: models.known, words: () => embeddings.words() },
  })
  const budgets = await openBudgets({ database, clock })
  const agents = await createAgentService({
    ...{ platform, events, models, tools, memory, files, context, budgets, invoke: gate.invoke, everything: settings },
  })
  agentsNow.service = agents
  // The ports, none of which is open yet.
  const sessions = createSessions({ gate, leases, clock, liveness, random, events, epoch })
  // What an import or an erasure leaves to the next kernel begins when this one has told its caller.
  let replace = (): void => {}
  const replaced = new Promise<void>((resolve) => (replace = resolve))
  // The kernel's own calls, and with them the table is complete.
  const kernel = createKernelHandlers({
    ...{ platform, epoch, startedAt, events, models, settings },
    sessions: () => sessions.list(),
    stopRuns: () => agents.stopAll(),
    replace,
  })
  gate.open(
    handlersOf({
      ...{
        kernel,
        memory: { ...memory.handlers, ...consolidation.handlers },
        shared: shared.handlers,
        tool: tools.handlers,
        model: models.handlers,
      },
      ...{ embedding: embeddings.handlers, files: files.handlers },
      archive: createArchiveHandlers({ platform, events, pins: () => files.pins(), replace }),
      ...{ llm: createLlmHandlers(models, platform, settings), agent: agents.handlers, context: context.handlers },
    }),
  )
  // Runs that the last kernel left unfinished go on, before a client can ask about them.
  await agents.recover()
  // Old records, and contents that a crash left without any, go in the background, once the first clients have been served.
  const life = new AbortController()
  clock
    .sleep(TRIM_AFTER_BOOT_MS, life.signal)
    .then(gate.trim)
    .then(() => files.sweep())
    .catch(() => {})

  return {
    epoch,
    connect: (endpoint, origin = platform.host) => sessions.connect(endpoint, origin),
    deserted: () => sessions.empty(),
    ports: () => sessions.count(),
    replaced,
    async [Symbol.asyncDispose]() {
      life.abort()
      sessions[Symbol.dispose]()
      await agents[Symbol.asyncDispose]()
      await embeddings[Symbol.asyncDispose]()
      await models[Symbol.asyncDispose]()
      await tools[Symbol.asyncDispose]()
      consolidation[Symbol.dispose]()
      await memory[Symbol.asyncDispose]()
      shared[Symbol.dispose]()
      files[Symbol.dispose]()
      await calibrations.flush()
      await audit.flush()
      database.close()
    },
  }
}
