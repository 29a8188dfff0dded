/** Figures as people read them. Pure. */

const decimal = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** "3.8 MB": decimal units, as browsers and download pages use them. */
export function bytes(count: number | null): string {
  if (count === null) return 'size not known'
  for (const [unit, size] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const) {
    if (count >= size)
      return `${count >= 100 * size ? whole.format(count / size) : decimal.format(count / size)} ${unit}`
  }
  return `${count} B`
}

export function count(value: number): string {
  return whole.format(value)
}

/** "320 ms", "2.4 s", "3 min". */
export function duration(ms: number): string {
  if (ms < 1) return '<1 ms'
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${decimal.format(ms / 1000)} s`
  return `${whole.format(ms / 60_000)} min`
}

/** "12 s left", "3 min left". */
export function timeLeft(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.ceil(seconds))} s left`
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min left`
  return `${decimal.format(seconds / 3600)} h left`
}

/** "just now", "5 min ago", "14:02", "12 Nov". */
export function when(time: number, now: number = Date.now()): string {
  const seconds = (now - time) / 1000
  if (seconds < 45) return 'just now'
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`
  const date = new Date(time)
  const sameDay = new Date(now).toDateString() === date.toDateString()
  return sameDay
    ? date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
    : date.toLocaleDateString([], { day: 'numeric', month: 'short' })
}

/** "an" or "a" is avoided by writing "1 tab", "2 tabs". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** "in 12 s", "8 s late". */
export function dueIn(deadline: number, now: number = Date.now()): string {
  const ms = deadline - now
  return ms >= 0 ? `in ${duration(ms)}` : `${duration(-ms)} late`
}

/** "37%": a share from 0 to 1. */
export function percent(share: number): string {
  return `${whole.format(share * 100)}%`
}
