/**
 * Runs one script in a QuickJS runtime of its own: fresh globals, a memory limit, a deadline checked between bytecodes. The
 * guest has the language and `input`; values cross as JSON text, both ways, so no object of the host is ever in reach.
 * A native loop does not notice the deadline: whoever calls this must be ready to terminate the thread it runs on.
 */
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime, QuickJSWASMModule } from 'quickjs-emscripten-core'
import { HearthError, type JsonValue } from '../../abi/index.ts'
import { SANDBOX_LOG_LINES, SANDBOX_LOG_UNITS, SANDBOX_RESULT_UNITS, SANDBOX_STACK_BYTES } from '../../core/param.ts'
import type { SandboxRequest, SandboxResult } from '../../core/tools/sandbox.ts'
import { Aborted, crashed, failed, outOfMemory, timeout } from './failure.ts'
import { GUEST_PRELUDE } from './prelude.ts'

/** @throws HearthError `tool-failed` for an error of the script's own; Aborted when the module must not be used again. */
export function runScript(module: QuickJSWASMModule, request: SandboxRequest): SandboxResult {
  const ends = performance.now() + request.timeoutMs
  const cut = { late: false }
  const isLate = (): boolean => (cut.late ||= performance.now() > ends)
  try {
    const result = runIn(module, request, isLate)
    if (cut.late) throw timeout(request.timeoutMs)
    return result
  } catch (error) {
    if (cut.late) throw timeout(request.timeoutMs)
    if (error instanceof HearthError || error instanceof Aborted) throw error
    // QuickJS itself broke, and could not clean up either.
    throw crashed(firstOf(error))
  }
}

/** What went wrong before cleaning up went wrong too. `SuppressedError` is not a global everywhere yet. */
const firstOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'suppressed' in error ? error.suppressed : error

function runIn(module: QuickJSWASMModule, request: SandboxRequest, isLate: () => boolean): SandboxResult {
  using runtime = module.newRuntime()
  runtime.setMemoryLimit(request.memoryBytes)
  runtime.setMaxStackSize(SANDBOX_STACK_BYTES)
  runtime.setInterruptHandler(isLate)
  using context = runtime.newContext()
  const log: string[] = []
  return { value: evaluate(runtime, context, request, log), log }
}

function evaluate(
  runtime: QuickJSRuntime,
  context: QuickJSContext,
  { code, input, memoryBytes }: SandboxRequest,
  log: string[],
): JsonValue {
  using sink = context.newFunction('log', (line) => void write(log, context.getString(line)))
  using prelude = unwrap(context, context.evalCode(GUEST_PRELUDE, 'hearth.js'), memoryBytes)
  using units = context.newNumber(SANDBOX_LOG_UNITS)
  using inputText = context.newString(JSON.stringify(input ?? null))
  using tools = unwrap(context, context.callFunction(prelude, context.undefined, sink, inputText, units), memoryBytes)
  using toJson = context.getProp(tools, 'toJson')

  using returned = unwrap(context, context.evalCode(code, 'script.js', { type: 'global' }), memoryBytes)
  using value = settled(runtime, context, returned, memoryBytes)
  using text = unwrap(context, context.callFunction(toJson, context.undefined, value), memoryBytes)
  if (context.typeof(text) !== 'string') return null
  using length = context.getProp(text, 'length')
  if (context.getNumber(length) > SANDBOX_RESULT_UNITS) {
    throw failed(`the result is longer than ${SANDBOX_RESULT_UNITS} characters`)
  }
  return JSON.parse(context.getString(text)) as JsonValue
}

/** What a promise came to, after all jobs have run; anything else as it is. */
function settled(
  runtime: QuickJSRuntime,
  context: QuickJSContext,
  returned: QuickJSHandle,
  memoryBytes: number,
): QuickJSHandle {
  using jobs = runtime.executePendingJobs()
  if (jobs.error) throw errorOf(context, jobs.error, memoryBytes)
  const state = context.getPromiseState(returned)
  if (state.type === 'fulfilled') return state.notAPromise ? returned.dup() : state.value
  if (state.type === 'pending') throw failed('its promise never settles; there are no timers and no network here')
  using reason = state.error
  throw errorOf(context, reason, memoryBytes)
}

function unwrap(
  context: QuickJSContext,
  result: ReturnType<QuickJSContext['evalCode']>,
  memoryBytes: number,
): QuickJSHandle {
  if (!result.error) return result.value
  using thrown = result.error
  throw errorOf(context, thrown, memoryBytes)
}

/** The guest's error in words. Its fields are the guest's own and are read with the same limits as its code. */
function errorOf(context: QuickJSContext, thrown: QuickJSHandle, memoryBytes: number): Error {
  let seen: unknown
  try {
    seen = context.dump(thrown)
  } catch {
    seen = null
  }
  const fields = typeof seen === 'object' && seen !== null ? (seen as { name?: unknown; message?: unknown }) : null
  const message = String(fields?.message ?? seen).slice(0, 2000)
  if (fields?.name === 'InternalError' && message === 'out of memory') return outOfMemory(memoryBytes)
  // With no memory left QuickJS cannot make an error object and throws null; so may a script.
  if (seen === null && isFull(context, memoryBytes)) return outOfMemory(memoryBytes)
  return failed(typeof fields?.name === 'string' ? `${fields.name.slice(0, 100)}: ${message}` : message)
}

function isFull(context: QuickJSContext, memoryBytes: number): boolean {
  // The report itself takes memory.
  context.runtime.setMemoryLimit(-1)
  using usage = context.runtime.computeMemoryUsage()
  using used = context.getProp(usage, 'malloc_size')
  return context.getNumber(used) > memoryBytes * 0.9
}

function write(log: string[], line: string): void {
  if (log.length < SANDBOX_LOG_LINES) log.push(line)
  else if (log.length === SANDBOX_LOG_LINES) log.push('[more was printed and is cut]')
}
