/**
 * Consolidation with the real memory, scheduler and model service on the in-memory database. The engine is scripted: what the
 * model writes is the test's; when it may write, and what becomes of it, is not.
 */
import type { ConsolidationReport, KernelEvent } from '../../../kernel/abi/index.ts'
import { openCalibrations } from '../../../kernel/core/calibrations.ts'
import { SchedulingSettings } from '../../../kernel/core/engines/scheduling-settings.ts'
import { createModelService } from '../../../kernel/core/engines/service.ts'
import type { ModelService } from '../../../kernel/core/engines/service.ts'
import type { EngineFactory } from '../../../kernel/core/engines/engine.ts'
import { createKernelEvents } from '../../../kernel/core/events.ts'
import { Consolidation } from '../../../kernel/core/memory/consolidation/service.ts'
import { createMemoryService } from '../../../kernel/core/memory/service.ts'
import type { MemoryService } from '../../../kernel/core/memory/service.ts'
import { fixedSchedulable } from '../../../kernel/core/scheduler/schedulable.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import type { MemoryRecord } from '../../../kernel/core/storage/records.ts'
import { createManualClock } from '../../../kernel/drivers/memory/clock.ts'
import type { ManualClock } from '../../../kernel/drivers/memory/clock.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createMemoryModelFiles } from '../../../kernel/drivers/memory/model-files.ts'
import { createCountingRandom } from '../../../kernel/drivers/memory/random.ts'
import { createScriptedEngine } from '../../../kernel/drivers/scripted/engine.ts'
import type { ScriptedEngine, ScriptedOptions } from '../../../kernel/drivers/scripted/engine.ts'
import { createNodePlatform } from '../../../kernel/hosts/node.ts'
import { createHeldVectors } from '../../fixtures/held-vectors.ts'
import { shipped } from '../../fixtures/shipped.ts'

const NOW = 1_750_000_000_000
export const DAY = 86_400_000

let count = 0
/** A fact of two months ago that a model wrote. */
export function factRecord(over: Partial<MemoryRecord> & { text: string }): MemoryRecord {
  count += 1
  const at = over.createdAt ?? NOW - 60 * DAY
  return {
    ...{ id: `m${count}`, number: count, kind: 'fact', owner: null, scope: '', links: [], version: 1, uses: 0 },
    ...{ validFrom: at, validUntil: null, createdAt: at, updatedAt: at, usedAt: null },
    provenance: { source: 'model', principal: { kind: 'agent', id: 'a1', run: 'r1' }, run: 'r1', trust: 'untrusted' },
    ...over,
  }
}

export interface World extends AsyncDisposable {
  readonly database: Database
  readonly clock: ManualClock
  readonly memory: MemoryService
  readonly models: ModelService
  readonly engine: ScriptedEngine
  readonly settings: SchedulingSettings
  readonly consolidation: Consolidation
  readonly events: KernelEvent[]
  /** A pass as a person asks for it. */
  run(signal?: AbortSignal): Promise<ConsolidationReport>
  load(): Promise<void>
  /** An answer to somebody else; resolves once it is written. */
  chat(): Promise<string>
  /** All memories by id. */
  memories(): Promise<Map<string, MemoryRecord>>
}

export async function world(options: {
  memories?: readonly MemoryRecord[]
  database?: Database
  clock?: ManualClock
  script?: ScriptedOptions['script']
  engine?: Partial<ScriptedOptions>
}): Promise<World> {
  const database = options.database ?? createMemoryDatabase()
  const clock = options.clock ?? createManualClock(NOW)
  if (options.memories) {
    await database.commit(
      options.memories.map((value) => ({ op: 'put', store: 'memories', value })),
      'strict',
    )
  }
  const engine = createScriptedEngine({ slots: 4, script: () => ['hello'], ...options.engine, ...options })
  const none: EngineFactory = () => Promise.reject(new Error('this test has no such engine'))
  const platform = createNodePlatform({
    ...{ clock, database, random: createCountingRandom() },
    files: createMemoryModelFiles({ bundled: () => Promise.resolve(new Blob(['GGUF'])) }),
    engines: { llamacpp: () => Promise.resolve(engine), webllm: none, openai: none },
  })
  const kernelEvents = createKernelEvents()
  const events: KernelEvent[] = []
  kernelEvents.subscribe((event) => events.push(event))
  const settings = await SchedulingSettings.open(database)
  const calibrations = await openCalibrations(database)
  const lender = { borrow: () => Promise.reject(new Error('no test lends workers')) }
  const models = await createModelService({ platform, settings, calibrations, events: kernelEvents, lender })
  const memory = createMemoryService({
    ...{ platform, events: kernelEvents, sourceOf: () => undefined },
    vectors: createHeldVectors(shipped),
    quotes: async () => ({ writes: [], after: () => undefined }),
  })
  const life = new AbortController()
  const deps = { platform, events: kernelEvents, memory, models, everything: settings }
  const consolidation = await Consolidation.open(deps, life.signal)
  return {
    ...{ database, clock, memory, models, engine, settings, consolidation, events },
    run: (signal = new AbortController().signal) => consolidation.now(signal),
    load: async () => void (await models.ready('starter', new AbortController().signal)),
    async chat() {
      const attributes = { class: 'interactive', weight: 1, deadline: null } as const
      const by = fixedSchedulable({ ...{ id: 'chat', flow: 'page', name: 'A page' }, ...attributes })
      const request = { messages: [{ role: 'user' as const, content: 'hi' }], tools: [], temperature: 0, topP: 1 }
      let text = ''
      for await (const event of models.generate(
        { ...request, maxTokens: 100 },
        { model: 'starter', by, signal: new AbortController().signal },
      )) {
        if (event.type === 'text') text += event.text
      }
      return text
    },
    memories: async () => new Map((await database.list('memories')).map((record) => [record.id, record])),
    async [Symbol.asyncDispose]() {
      life.abort()
      await memory[Symbol.asyncDispose]()
      await models[Symbol.asyncDispose]()
    },
  }
}

/** 20 old small facts about one dog, in pairs of which none says what another does. */
export function dogFacts(): MemoryRecord[] {
  const facts: MemoryRecord[] = []
  for (const [dog, food] of DOGS) {
    facts.push(factRecord({ text: `The dog ${dog} eats ${food} in the morning.` }))
    facts.push(factRecord({ text: `The dog ${dog} sleeps on a blanket.` }))
  }
  return facts
}

const DOGS = [
  ...[
    ['Rex', 'beef'],
    ['Mia', 'rice'],
    ['Bello', 'fish'],
    ['Luna', 'bread'],
    ['Otto', 'eggs'],
  ],
  ...[
    ['Nero', 'ham'],
    ['Kira', 'corn'],
    ['Fido', 'liver'],
    ['Asta', 'oats'],
    ['Lupo', 'peas'],
  ],
] as const

/** The facts that a summarising model was shown, as they were. */
export function notesIn(content: string): string[] {
  const lines = content.split('\n').filter((line) => line.startsWith('"'))
  return lines.map((line) => JSON.parse(line) as string)
}
