/** An engine of the openai driver and a raw server on loopback that answers as each test says. */
import type { Engine } from '../../../kernel/core/engines/engine.ts'
import type { Lender } from '../../../kernel/core/lending.ts'
import { openaiEngineWith } from '../../../kernel/drivers/openai/engine.ts'
import { startRawServer, type RawHandler, type RawServer } from '../../fixtures/raw-server.ts'

export const KEY = 'sk-secret-0123456789'
export const live = new AbortController().signal
export const noLender: Lender = { borrow: () => Promise.reject(new Error('nothing to lend')) }
export const DONE = 'data: [DONE]\n\n'

export type Limits = Parameters<typeof openaiEngineWith>[0]

/** An engine that is loaded from a server without a list of models, and asks it the given way. */
export async function connect(server: RawServer, limits: Limits = {}): Promise<Engine> {
  const engine = await openaiEngineWith(limits)(noLender, live, () => {})
  await engine.load(request(server), () => {}, live)
  return engine
}

export function request(server: { baseUrl: string }, key = KEY) {
  const source = { kind: 'openai', baseUrl: server.baseUrl, model: 'm', key } as const
  return { model: 'test', source, contextTokens: 2048, bytes: null }
}

/** Answers POST with `handler`; has no list of models. */
export function chat(handler: RawHandler): Promise<RawServer> {
  return startRawServer((incoming, response) => {
    if (incoming.method === 'POST') return handler(incoming, response)
    response.writeHead(404).end()
    return undefined
  })
}
