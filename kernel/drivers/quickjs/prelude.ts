/**
 * The first code in every guest: `input`, a `console` that only collects lines, and the way a result becomes JSON. It takes
 * what it needs of the language before the script can change it; a script that does so only harms itself.
 */
export const GUEST_PRELUDE = `(log, inputText, units) => {
  const { stringify, parse } = JSON
  const text = String
  const { isFinite } = Number
  const plain = (key, item) =>
    typeof item === 'bigint' ? text(item)
    : typeof item === 'number' && !isFinite(item) ? text(item)
    : item
  const show = (item) => {
    if (typeof item === 'string') return item
    if (item instanceof Error) return text(item)
    try { return stringify(item, plain) ?? text(item) } catch { return text(item) }
  }
  const print = (...items) => {
    let line = ''
    for (let index = 0; index < items.length; index++) line += (index ? ' ' : '') + show(items[index])
    log(line.length > units ? line.slice(0, units) + ' [cut]' : line)
  }
  globalThis.input = parse(inputText)
  globalThis.console = { log: print, info: print, warn: print, error: print, debug: print }
  return { toJson: (value) => typeof value === 'function' || typeof value === 'symbol' ? stringify(text(value)) : stringify(value, plain) }
}`
