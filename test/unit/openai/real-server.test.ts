import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lender } from '../../../kernel/core/lending.ts'
import { createOpenaiEngine } from '../../../kernel/drivers/openai/engine.ts'
import { ask, collect } from '../../contract/answers.ts'
import { engineContract, type EngineUnderTest } from '../../contract/engine.ts'
import { startLlamaServer, type LlamaServer, type LlamaServerOptions } from '../../fixtures/llama-server.ts'

const KEY = 'sk-test-0123456789'
const live = new AbortController().signal

/** A server needs no worker. */
const noLender: Lender = { borrow: () => Promise.reject(new Error('nothing to lend')) }

async function underTest(server: LlamaServer): Promise<EngineUnderTest> {
  return {
    engine: await createOpenaiEngine(noLender, live, () => {}),
    load: {
      model: 'test',
      source: { kind: 'openai', baseUrl: server.baseUrl, model: server.model, key: KEY },
      contextTokens: 2048,
      bytes: null,
    },
  }
}

/** Each suite has a server of its own, which is killed with the last test. */
function withServer(options: LlamaServerOptions, suite: (make: () => Promise<EngineUnderTest>) => void): void {
  let servers: LlamaServer[] = []
  beforeAll(async () => {
    servers = [await startLlamaServer({ key: KEY, ...options })]
  }, 120_000)
  afterAll(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]()
  })
  suite(async () => {
    const server = servers[0]
    if (!server) throw new Error('the server has not started')
    return { ...(await underTest(server)), kill: () => server.kill() }
  })
}

describe('against a server that writes an answer again', () => {
  withServer({}, (make) => {
    // It tells what it read of a prompt only at the end of an answer.
    engineContract('openai', make, { prefill: false })
  })
})

describe('against a server that goes on from a last assistant message', () => {
  withServer({ continues: true }, (make) => {
    test('says that it continues, where it is, and what window it has', async () => {
      const { engine, load } = await make()
      const loaded = await engine.load({ ...load, contextTokens: 100_000 }, () => {}, live)
      expect(loaded).toMatchObject({ continues: true, contextTokens: 2048, tools: true })
      expect(loaded.placement.on).toBe('server')
      expect(loaded.placement.name).toMatch(/^127\.0\.0\.1:\d+$/)
    })

    test('lets the server write only what is missing', async () => {
      const { engine, load } = await make()
      await engine.load(load, () => {}, live)
      const request = ask('Repeat tea 9 times.')
      const whole = await collect(engine.generate(request, live))
      expect(whole.finish.reason).toBe('stop')
      // A cut within a token reads differently to a model, and no kernel makes one.
      const texts = whole.deltas.flatMap((delta) => (delta.type === 'text' ? [delta.text] : []))
      const prefix = texts.slice(0, 5).join('')
      const rest = await collect(engine.generate({ ...request, prefix }, live))
      expect(prefix + rest.text).toBe(whole.text)
      expect(rest.finish.usage.completionTokens).toBeLessThan(whole.finish.usage.completionTokens)
      expect(rest.finish.usage.cachedTokens).toBeGreaterThan(0)
      // As long as nobody else has its sequence, all of it is in the cache.
      expect(rest.deltas[0]).toMatchObject({
        type: 'prefill',
        cachedTokens: expect.toSatisfy((cached: number) => cached > whole.finish.usage.promptTokens) as number,
      })
    })

    engineContract('openai (continuing server)', make)
  })
})

describe('with the wrong key', () => {
  withServer({}, (make) => {
    test('says that the key was refused, and does not say it', async () => {
      const { engine, load } = await make()
      const source = { ...load.source, key: 'sk-wrong-987' } as typeof load.source
      const failure = await engine.load({ ...load, source }, () => {}, live).catch((error: unknown) => error)
      expect(failure).toMatchObject({ code: 'engine-failed', data: { status: 401 } })
      expect(String(failure)).toMatch(/refused the API key/)
      expect(JSON.stringify(failure) + String(failure)).not.toContain('sk-wrong')
    })
  })
})
