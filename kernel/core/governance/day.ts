/** Days of the device's local time, by the injected clock's milliseconds. Their length differs where clocks are changed. */

/** `2026-11-22` */
export function localDay(at: number): string {
  const date = new Date(at)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** Milliseconds since 1970 at which the next day begins. */
export function nextDay(at: number): number {
  const date = new Date(at)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime()
}
