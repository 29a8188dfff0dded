/** `current_time()` and `current_date()`: the user's own clock. Two tools, because small models copy a result whole. */
import type { Clock } from '../../platform.ts'
import type { BuiltinTool } from '../tool.ts'

const two = (value: number): string => String(value).padStart(2, '0')
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

export function currentTime(clock: Clock): BuiltinTool {
  return {
    where: 'kernel',
    manifest: {
      name: 'current_time',
      description: 'Get the current time.',
      parameters: { type: 'object', properties: {}, additionalProperties: false },
      effects: 'read',
      idempotent: true,
      timeoutMs: 1_000,
    },
    run() {
      const now = new Date(clock.now())
      return Promise.resolve(`${two(now.getHours())}:${two(now.getMinutes())}`)
    },
  }
}

export function currentDate(clock: Clock): BuiltinTool {
  return {
    where: 'kernel',
    manifest: {
      name: 'current_date',
      description: "Get today's date and the time zone.",
      parameters: { type: 'object', properties: {}, additionalProperties: false },
      effects: 'read',
      idempotent: true,
      timeoutMs: 1_000,
    },
    run() {
      const now = new Date(clock.now())
      const date = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
      return Promise.resolve(`${DAYS[now.getDay()] ?? ''} ${date}, ${timeZone}`)
    },
  }
}
