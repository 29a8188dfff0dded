/** The embedders that run without a browser, against the contract. llama.cpp's is in test/browser/embedders.test.ts. */
import { afterAll, beforeAll } from 'vitest'
import { builtInEmbedder } from '../../../kernel/core/embeddings/built-in-embedder.ts'
import { WordVectors } from '../../../kernel/core/memory/search/word-vectors.ts'
import { createClock } from '../../../kernel/drivers/web/clock.ts'
import { createOpenaiEmbedder } from '../../../kernel/drivers/openai/embedder.ts'
import { embedderContract } from '../../contract/embedder.ts'
import { startLlamaServer, type LlamaServer } from '../../fixtures/llama-server.ts'
import { shipped } from '../../fixtures/shipped.ts'
import { createScript, scriptedDrivers } from '../../fixtures/scripted-embedder.ts'

const KEY = 'sk-test-0123456789'

embedderContract(
  'built-in',
  async () => {
    const words = WordVectors.parse(await shipped.wordVectors())
    return { embedder: builtInEmbedder({ clock: createClock(), words, encoder: await shipped.sentenceEncoder(words) }) }
  },
  { closer: { one: 'the car broke down', near: 'an automobile accident', far: 'bake the bread' } },
)

const servers: LlamaServer[] = []
beforeAll(async () => void servers.push(await startLlamaServer({ key: KEY })), 120_000)
afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]()
})

// The starter model was not made for embedding: that vectors come back, and whose, is all that this shows.
embedderContract('openai', async () => {
  const [server] = servers
  if (!server) throw new Error('the server has not started')
  const { baseUrl: url, model } = server
  return { embedder: await createOpenaiEmbedder({ kind: 'openai', url, model, key: KEY }) }
})

// The fake that other tests use has to behave as the real ones do.
embedderContract('scripted', async () => {
  const script = createScript()
  const drivers = scriptedDrivers(script)
  const embedder = await drivers.openai({ kind: 'openai', url: 'https://models.example/v1', model: 'm' })
  return { embedder, kill: () => script.lose() }
})
