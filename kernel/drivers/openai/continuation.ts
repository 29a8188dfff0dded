/**
 * Going on from a prefix, with servers that differ in what they can. What is true of each:
 * - llama-server and vLLM go on from a last assistant message: exactly, up to how the prefix splits into tokens.
 * - Every other server writes the answer again. While it is the same text (temperature 0, or a seed the server honours), the
 *   prefix is dropped: exact, at the price of writing it twice.
 * - Where it comes out different, the model is shown its answer and asked to go on. That is the best a foreign server
 *   allows: the seam may lack a space or repeat a word, and nothing can check it.
 */
import type { Delta, GenerateRequest } from '../../core/engines/engine.ts'

/** Whether writing the answer again can give the same text at all. */
export function repeatable(request: GenerateRequest): boolean {
  return request.temperature === 0 || request.seed !== undefined
}

/**
 * Leaves `prefix` out of an answer that was written again.
 * @returns false when the answer is another one; then nothing was yielded
 */
export async function* withoutPrefix(
  prefix: string,
  deltas: AsyncIterable<Delta>,
): AsyncGenerator<Delta, boolean, undefined> {
  let seen = ''
  let matched = false
  let prefill: Delta | null = null
  for await (const delta of deltas) {
    if (matched) {
      yield delta
      continue
    }
    if (delta.type === 'prefill') {
      prefill = delta
      continue
    }
    // It ended, or called a tool, before it had said what was already said.
    if (delta.type !== 'text') return false
    seen += delta.text
    if (seen.length < prefix.length ? !prefix.startsWith(seen) : !seen.startsWith(prefix)) return false
    if (seen.length < prefix.length) continue
    matched = true
    if (prefill) yield prefill
    const rest = seen.slice(prefix.length)
    if (rest !== '') yield { type: 'text', text: rest, tokens: delta.tokens }
  }
  return matched
}

/**
 * Leaves out the prefix where a server repeats it in front of the continuation. Newer llama-servers do, in one piece with
 * the first token; so only a first piece that begins with the whole prefix is taken for that, and a text that repeats
 * itself is not.
 */
export async function* withoutEcho(
  prefix: string,
  deltas: AsyncIterable<Delta>,
): AsyncGenerator<Delta, void, undefined> {
  let first = true
  for await (const delta of deltas) {
    if (first && delta.type === 'text') {
      first = false
      if (delta.text.startsWith(prefix)) {
        const text = delta.text.slice(prefix.length)
        if (text !== '') yield { ...delta, text }
        continue
      }
    }
    yield delta
  }
}
