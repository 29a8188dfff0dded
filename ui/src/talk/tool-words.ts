/** A tool call in words. Pure. */
import type { JsonValue, ToolCall } from '../../../sdk/index.ts'

/** What each built-in tool is doing and has done. A Map, as a model may write any name: no object has a tool `constructor`. */
const verbs: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['calculate', ['Calculating', 'Calculated']],
  ['remember', ['Remembering', 'Remembered']],
  ['recall', ['Looking up', 'Looked up']],
  ['current_time', ['Reading the clock', 'Read the clock']],
  ['run_javascript', ['Running code', 'Ran code']],
])

export function toolVerb(tool: string, running: boolean, ok: boolean): string {
  const [doing, done] = verbs.get(tool) ?? ['Using', 'Used']
  if (running) return doing
  return ok ? done : 'Failed'
}

/** `calculate("12 * 34")`: the arguments' values on one line; the card shows them in full. */
export function callLine({ name, arguments: args }: ToolCall): string {
  const values = args !== null && typeof args === 'object' ? Object.values(args) : [args]
  const line = values.map((value) => JSON.stringify(value)).join(', ')
  return `${name}(${line.length > 200 ? `${line.slice(0, 200)}…` : line})`
}

export function plainValue(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}
