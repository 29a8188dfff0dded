/** `current_time()`: the user's own clock and time zone. */
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
    /** "14:05, Sunday 2026-11-22, Europe/Zurich": the time first, since that is what is asked for. */
    run() {
      const now = new Date(clock.now())
      const date = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
      const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
      const time = `${two(now.getHours())}:${two(now.getMinutes())}`
      return Promise.resolve(`${time}, ${DAYS[now.getDay()] ?? ''} ${date}, ${zone}`)
    },
  }
}
