/**
 * The one place that goes behind wllama's public interface: to the three actions of its worker that `createChatCompletion`
 * is made of. That asks for a result only when the one before has come back, so that llama.cpp idles in between, and lets
 * every answer wait its turn behind all others; poller.ts does both better. Holds for wllama 3.8.
 */
import type { Wllama } from '@wllama/wllama/esm/index.js'
import type { CompletionOptions } from './completion.ts'
import type { PolledResult } from './poller.ts'

interface Proxy {
  wllamaAction(name: string, message: { _name: string; [field: string]: unknown }): Promise<Record<string, unknown>>
}

export interface WllamaActions {
  /** Begins a chat completion and returns its number; nothing of it is computed before it is polled. */
  begin(options: CompletionOptions & { stream: true }): Promise<number>
  /** Has llama.cpp compute one step of all answers, and returns the next result of this one. */
  poll(request: number): Promise<PolledResult>
  /** Frees the slot of an answer that was not read to its end. Its KV stays until the slot is needed. */
  cancel(request: number): Promise<void>
}

/** @throws Error when wllama is built otherwise than this file knows. */
export function actionsOf(wllama: Wllama): WllamaActions {
  const { proxy } = wllama as unknown as { proxy: Proxy | null }
  if (typeof proxy?.wllamaAction !== 'function') throw new Error('wllama has no worker to talk to')
  return {
    async begin(options) {
      const message = { _name: 'cmpl_req', is_chat: true, data_json: JSON.stringify(options), files: [] }
      const { success, req_id: id } = await proxy.wllamaAction('completion', message)
      if (success !== true || typeof id !== 'number') throw new Error('llama.cpp could not begin')
      return id
    },
    async poll(request) {
      const answer = await proxy.wllamaAction('get_result', { _name: 'gres_req', req_id: request })
      const { data_json: json, has_more: more, is_error: failed } = answer
      return { json: typeof json === 'string' ? json : '', more: more === true, failed: failed === true }
    },
    async cancel(request) {
      await proxy.wllamaAction('cancel', { _name: 'cncl_req', req_id: request })
    },
  }
}
