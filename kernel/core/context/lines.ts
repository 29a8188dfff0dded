/** Text of others as lines, each of which gets a mark: what cannot begin a line of its own cannot pass for somebody else. Pure. */

/** Whatever a model or a person could take for the end of a line. */
const ENDS = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/

/** Those that are not empty, without marks of chat templates, which only the kernel and the engine may write. */
export const linesOf = (text: string): string[] =>
  text
    .split(ENDS)
    .map((line) => line.replace(/<\|[^|<>\n]{0,32}\|>/g, '').trim())
    .filter((line) => line !== '')
