/**
 * Cuts a growing answer into pieces that are safe to send: text up to a stop string or a `<tool_call>`, and complete calls.
 * Holds back what could still become one of those, and half a character.
 */
const OPEN = '<tool_call>'
const CLOSE = '</tool_call>'

/** Length of the longest end of `text` that begins one of `marks`. */
function undecided(text, marks) {
  let longest = 0
  for (const mark of marks) {
    for (let length = Math.min(mark.length - 1, text.length); length > longest; length--) {
      if (mark.startsWith(text.slice(-length))) longest = length
    }
  }
  return longest
}

/** @param {string[]} stops */
export function createSplitter(stops) {
  let all = ''
  let sent = 0
  const splitter = {
    stopped: false,
    /** @param {string} text the whole answer so far */
    push(text) {
      all = text.endsWith('\ufffd') ? text.slice(0, -1) : text
      return take(false)
    },
    end: () => take(true),
  }

  function take(ended) {
    const pieces = []
    while (!splitter.stopped) {
      const rest = all.slice(sent)
      const marks = [...stops, OPEN]
      const found = marks.map((mark) => ({ mark, at: rest.indexOf(mark) })).filter(({ at }) => at >= 0)
      const first = found.sort((one, other) => one.at - other.at)[0]
      const free = first ? first.at : rest.length - (ended ? 0 : undecided(rest, marks))
      if (free > 0) pieces.push({ text: rest.slice(0, free) })
      sent += free
      if (!first) break
      if (first.mark !== OPEN) {
        splitter.stopped = true
        break
      }
      const close = all.indexOf(CLOSE, sent)
      if (close < 0) break
      const call = parseCall(all.slice(sent + OPEN.length, close))
      pieces.push(call ? { call } : { text: all.slice(sent, close + CLOSE.length) })
      sent = close + CLOSE.length
    }
    return pieces
  }
  return splitter
}

/** Undefined when it is not a call after all; it is then text. */
function parseCall(json) {
  try {
    const { name, arguments: given } = JSON.parse(json)
    return typeof name === 'string' ? { name, arguments: JSON.stringify(given ?? {}) } : undefined
  } catch {
    return undefined
  }
}
