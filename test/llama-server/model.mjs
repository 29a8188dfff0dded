/**
 * One GGUF on llama.cpp: renders conversations with the file's own chat template, and writes answers in pieces of text and
 * complete tool calls. One thread: with two, llama.cpp spins for ever while another process holds the other core.
 */
import { Template } from '@huggingface/jinja'
import { getLlama, LlamaGrammarEvaluationState } from 'node-llama-cpp'
import { createSplitter } from './splitter.mjs'

/** The conversation does not fit the window; carries what llama-server tells in that case. */
export class ContextOverflow extends Error {
  constructor(promptTokens, contextTokens) {
    super(`the request exceeds the available context size (${promptTokens} > ${contextTokens})`)
    this.promptTokens = promptTokens
    this.contextTokens = contextTokens
  }
}

/** Chat templates take tool arguments as objects; clients send them as JSON text. */
function forTemplate(message) {
  if (!message.tool_calls) return message
  const calls = message.tool_calls.map(({ id, type, function: { name, arguments: text } }) => ({
    id,
    type,
    function: { name, arguments: JSON.parse(text) },
  }))
  return { ...message, tool_calls: calls }
}

/** @param {{ path: string, contextTokens: number, slots: number }} options */
export async function openModel({ path, contextTokens, slots }) {
  const llama = await getLlama({
    build: 'never',
    gpu: false,
    maxThreads: 1,
    logLevel: 'error',
    logger: (_, text) => console.error(text),
  })
  const model = await llama.loadModel({ modelPath: path })
  const context = await model.createContext({ contextSize: contextTokens, sequences: slots, threads: 1 })
  const template = new Template(model.fileInfo.metadata.tokenizer.chat_template)
  const idle = Array.from({ length: slots }, () => context.getSequence())
  const waiting = []

  /** The sequence whose cache begins most like the prompt, once one is free. */
  async function takeSequence(tokens, signal) {
    while (idle.length === 0) await new Promise((resolve) => waiting.push(resolve))
    if (signal.aborted) return undefined
    const likeness = (sequence) => sequence.compareContextTokens(tokens).firstDifferentIndex
    const best = idle.reduce((one, other) => (likeness(other) > likeness(one) ? other : one))
    idle.splice(idle.indexOf(best), 1)
    return best
  }

  async function grammarFor(format) {
    if (format?.type === 'json_object') return llama.getGrammarFor('json')
    if (format?.type === 'json_schema') return llama.createGrammarForJsonSchema(format.json_schema.schema)
    return undefined
  }

  /** @param {boolean} continues goes on from a last assistant message instead of answering it */
  function render(messages, tools, continues) {
    const last = messages.at(-1)
    const prefix = continues && last?.role === 'assistant' && !last.tool_calls ? last.content : undefined
    const turns = (prefix === undefined ? messages : messages.slice(0, -1)).map(forTemplate)
    return (
      template.render({ messages: turns, tools: tools?.length ? tools : undefined, add_generation_prompt: true }) +
      (prefix ?? '')
    )
  }

  /**
   * Yields `{ text }` and `{ call: { name, arguments } }`, and returns `{ reason, usage, timings }`. With
   * `timings_per_token` what it yields has `timings` too, as llama-server's chunks do.
   * @throws ContextOverflow
   */
  async function* answer(request, continues, signal) {
    const prompt = model.tokenize(
      render(request.messages, request.tool_choice === 'none' ? [] : request.tools, continues),
      true,
    )
    if (prompt.length >= contextTokens) throw new ContextOverflow(prompt.length, contextTokens)
    const grammar = await grammarFor(request.response_format)
    const sequence = await takeSequence(prompt, signal)
    if (!sequence) return undefined
    const started = performance.now()
    let firstAt = started
    const written = []
    const splitter = createSplitter([request.stop ?? []].flat())
    let reason = 'stop'
    let calls = 0
    try {
      await sequence.adaptStateToTokens(prompt.slice(0, -1), false)
      const cached = sequence.nextTokenIndex
      const limit = Math.min(request.max_tokens ?? Infinity, contextTokens - prompt.length)
      const tokens = sequence.evaluate(prompt.slice(cached), {
        temperature: request.temperature ?? 0,
        topP: request.top_p ?? 1,
        topK: 0,
        ...(request.seed === undefined ? {} : { seed: request.seed }),
        ...(grammar ? { grammarEvaluationState: new LlamaGrammarEvaluationState({ model, grammar }) } : {}),
      })
      for await (const token of tokens) {
        if (signal.aborted) return undefined
        if (written.length === 0) firstAt = performance.now()
        written.push(token)
        const timings = {
          ...{ cache_n: cached, prompt_n: prompt.length - cached, prompt_ms: firstAt - started },
          ...{ predicted_n: written.length, predicted_ms: performance.now() - firstAt },
        }
        for (const piece of splitter.push(model.detokenize(written))) {
          if (piece.call) calls++
          yield request.timings_per_token === true ? { ...piece, timings } : piece
        }
        if (splitter.stopped) break
        if (written.length >= limit) {
          reason = 'length'
          break
        }
      }
      for (const piece of splitter.end()) yield piece
      return {
        reason: calls > 0 ? 'tool_calls' : reason,
        usage: {
          prompt_tokens: prompt.length,
          completion_tokens: written.length,
          total_tokens: prompt.length + written.length,
          prompt_tokens_details: { cached_tokens: cached },
        },
        timings: {
          ...{ cache_n: cached, prompt_n: prompt.length - cached, prompt_ms: firstAt - started },
          ...{ predicted_n: written.length, predicted_ms: performance.now() - firstAt },
        },
      }
    } finally {
      idle.push(sequence)
      waiting.shift()?.()
    }
  }

  let embedding
  /**
   * The vectors of some texts, with how many tokens they have together. From the model that answers, in a context of its own:
   * what it was not trained for, so nothing is to be expected of their quality.
   * @throws ContextOverflow
   */
  async function embed(texts) {
    embedding ??= model.createEmbeddingContext({ contextSize: contextTokens, batchSize: contextTokens, threads: 1 })
    const vectors = []
    let tokens = 0
    for (const text of texts) {
      const length = model.tokenize(text).length
      if (length + 2 > contextTokens) throw new ContextOverflow(length, contextTokens)
      tokens += length
      vectors.push((await (await embedding).getEmbeddingFor(text)).vector)
    }
    return { vectors, tokens }
  }

  return { answer, embed, contextTokens }
}
