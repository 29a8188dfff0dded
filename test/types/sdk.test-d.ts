/** The client's types, as a user's editor sees them. Checked by the compiler (`npm run types`); nothing here runs. */
import { expectTypeOf, test } from 'vitest'
import { connect, HearthError } from '../../sdk/index.ts'
import type {
  AgentHandle,
  BudgetState,
  ChatChunk,
  ChatCompletion,
  ChatStream,
  ConnectionEvent,
  Hearth,
  JsonValue,
  Memory,
  MemoryPage,
  MemoryStore,
  ModelInfo,
  Run,
  RunEvent,
  ToolCall,
  ToolContext,
  ToolOutcome,
  Turn,
} from '../../sdk/index.ts'

declare const hearth: Hearth
declare const agent: AgentHandle
declare const run: RunEvent
declare const error: unknown

test('connect takes all of its options or none, and gives a Hearth', () => {
  expectTypeOf(connect).returns.resolves.toEqualTypeOf<Hearth>()
  expectTypeOf(connect).toBeCallableWith()
  expectTypeOf(connect).toBeCallableWith({ name: 'Orders', role: 'app', signal: AbortSignal.timeout(1) })
  // @ts-expect-error there is no such role
  void connect({ role: 'root' })
})

test('a run event narrows by its type', () => {
  if (run.type === 'text') expectTypeOf(run.text).toEqualTypeOf<string>()
  if (run.type === 'tool-result') expectTypeOf(run.outcome).toEqualTypeOf<ToolOutcome>()
  if (run.type === 'turn') expectTypeOf(run.turn).toEqualTypeOf<Turn>()
  if (run.type === 'done') expectTypeOf(run.run).toEqualTypeOf<Run>()
  if (run.type === 'paused') expectTypeOf(run.by).toEqualTypeOf<'user' | 'scheduler' | 'engine' | undefined>()
  if (run.type === 'undecided') expectTypeOf(run.call).toEqualTypeOf<ToolCall>()
  // @ts-expect-error only text events have text
  void run.text
})

test('a run is iterated, awaited, read and cancelled', () => {
  const stream = agent.run('hello')
  expectTypeOf(stream).toExtend<AsyncIterable<RunEvent>>()
  expectTypeOf(stream.id).resolves.toEqualTypeOf<string>()
  expectTypeOf(stream.result).resolves.toEqualTypeOf<Run>()
  expectTypeOf(stream.text()).resolves.toEqualTypeOf<string>()
  expectTypeOf(stream.cancel()).toEqualTypeOf<Promise<void>>()
  expectTypeOf(stream.pause()).toEqualTypeOf<Promise<Run>>()
  expectTypeOf(stream.resume()).toEqualTypeOf<Promise<Run>>()
})

test('agents and runs say how they are scheduled and what they may take', () => {
  void hearth.agents.create({ name: 'Ada', class: 'background', weight: 2, budget: { tokens: 20_000, perDay: true } })
  void agent.update({ class: 'interactive', budget: null })
  agent.run('Hi', { class: 'interactive', weight: 3, deadline: Date.now() + 60_000, budget: { seconds: 10 } })
  // @ts-expect-error there is no such class
  agent.run('Hi', { class: 'urgent' })
  // @ts-expect-error a run has no days
  agent.run('Hi', { budget: { tokens: 1, perDay: true } })
  expectTypeOf(agent.budget()).resolves.toEqualTypeOf<BudgetState[]>()
  expectTypeOf(agent.pause()).resolves.toExtend<AgentHandle>()
  expectTypeOf(agent.resume()).resolves.toExtend<AgentHandle>()
})

test('a run of any tab is paused, reniced and decided about', () => {
  expectTypeOf(hearth.runs.pause('run')).resolves.toEqualTypeOf<Run>()
  expectTypeOf(hearth.runs.resume('run')).resolves.toEqualTypeOf<Run>()
  expectTypeOf(hearth.runs.renice('run', { weight: 2, deadline: null })).resolves.toEqualTypeOf<Run>()
  expectTypeOf(hearth.runs.decide('run', { call: 'c', decision: 'done', result: 7 })).resolves.toEqualTypeOf<Run>()
  // @ts-expect-error nobody can decide that
  void hearth.runs.decide('run', { call: 'c', decision: 'maybe' })
})

test('an error narrows by its code to the data of that code', () => {
  if (HearthError.is(error, 'no-model')) expectTypeOf(error.data.model).toEqualTypeOf<string | null>()
  if (HearthError.is(error, 'download-failed')) expectTypeOf(error.data.offline).toEqualTypeOf<boolean>()
  // @ts-expect-error there is no such code
  HearthError.is(error, 'oops')
})

test('a listener gets the event of the type it listens to', () => {
  hearth.on('model', ({ model }) => expectTypeOf(model).toEqualTypeOf<ModelInfo>())
  hearth.on('connection', (event) => expectTypeOf(event).toEqualTypeOf<ConnectionEvent>())
  expectTypeOf(hearth.on('run', () => undefined)).toExtend<Disposable & (() => void)>()
  // @ts-expect-error there is no such event
  hearth.on('weather', () => undefined)
})

test('chat completions stream exactly when asked to', () => {
  const messages = [{ role: 'user' as const, content: 'Hi' }]
  const { completions } = hearth.llm.chat
  expectTypeOf(completions.create({ messages })).resolves.toEqualTypeOf<ChatCompletion>()
  expectTypeOf(completions.create({ messages, stream: false })).resolves.toEqualTypeOf<ChatCompletion>()
  expectTypeOf(completions.create({ messages, stream: true })).resolves.toEqualTypeOf<ChatStream>()
  expectTypeOf<ChatStream>().toExtend<AsyncIterable<ChatChunk>>()
  // @ts-expect-error a message needs a role that exists
  void completions.create({ messages: [{ role: 'robot', content: 'Hi' }] })
  // @ts-expect-error messages are needed
  void completions.create({})
})

test("a page tool's execute gets the arguments it says it takes", () => {
  const tool = { name: 'refund', description: 'Refunds an order.', parameters: { type: 'object' } }
  hearth.tools.register({
    ...tool,
    execute(args, context) {
      expectTypeOf(args).toEqualTypeOf<Record<string, JsonValue>>()
      expectTypeOf(context).toEqualTypeOf<ToolContext>()
      return 'done'
    },
  })
  hearth.tools.register<{ order: number }>({
    ...tool,
    effects: 'write',
    execute: ({ order }) => expectTypeOf(order).toEqualTypeOf<number>(),
  })
  // @ts-expect-error a tool needs something to execute
  hearth.tools.register(tool)
  // @ts-expect-error there is no such effect
  hearth.tools.register({ ...tool, effects: 'magic', execute: () => null })
})

test('any syscall by name has its own arguments and result', () => {
  expectTypeOf(hearth.call('agent.clear', { agent: 'a' })).resolves.toEqualTypeOf<{ turns: number }>()
  void hearth.call(
    'agent.run',
    { agent: 'a', text: 'Hi' },
    { onEvent: (event) => expectTypeOf(event).toEqualTypeOf<RunEvent>() },
  )
  // @ts-expect-error there is no such syscall
  void hearth.call('agent.fly', {})
  // @ts-expect-error the agent is missing
  void hearth.call('agent.get', {})
})

test('a model is added by what it is', () => {
  void hearth.models.add({ url: 'https://example.org/model.gguf' })
  void hearth.models.add({ huggingFace: 'owner/repo', file: 'model.gguf' })
  void hearth.models.add({ openai: 'http://127.0.0.1:8080/v1', model: 'starter' })
  void hearth.models.add({ kind: 'webllm', modelId: 'Llama' })
  // @ts-expect-error a repository alone does not name a file
  void hearth.models.add({ huggingFace: 'owner/repo' })
})

test('a memory is added as a text or in parts, and a watched change narrows by its type', () => {
  expectTypeOf<MemoryStore['add']>().toBeCallableWith('tea at four')
  const experience = { task: 'a', tried: 'b', outcome: 'failed', lesson: 'c' } as const
  expectTypeOf<MemoryStore['add']>().toBeCallableWith({ kind: 'experience', experience, owner: 'agent-1' })
  // @ts-expect-error the whiteboard has a family of its own
  void hearth.memory.add({ kind: 'shared', text: 'x' })
  expectTypeOf<MemoryStore['update']>().toBeCallableWith('memory-1', { text: 'tea at five', ifVersion: 1 })
  void hearth.memory.watch((event) => {
    if (event.type === 'put') expectTypeOf(event.memory).toEqualTypeOf<Memory>()
    else expectTypeOf(event.id).toEqualTypeOf<string>()
  })
  expectTypeOf(hearth.memory.export()).toEqualTypeOf<AsyncGenerator<MemoryPage, void, undefined>>()
  expectTypeOf<MemoryStore['import']>().parameter(0).toEqualTypeOf<MemoryPage>()
})
