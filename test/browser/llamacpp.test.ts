/** The llama.cpp driver with the real starter model in the real lent worker. */
import starterUrl from '../../wasm/starter/starter.gguf?url'
import type { LoadRequest } from '../../kernel/core/engines/engine.ts'
import { createLlamaEngine } from '../../kernel/drivers/llamacpp/engine.ts'
import { engineContract } from '../contract/engine.ts'
import { createTestLender } from '../fixtures/lender.ts'

const live = new AbortController().signal

async function starter(): Promise<LoadRequest> {
  const bytes = await (await fetch(starterUrl)).blob()
  return { model: 'starter', source: { kind: 'bundled', path: 'starter.gguf' }, contextTokens: 2048, bytes }
}

engineContract('llamacpp', async () => {
  const lender = createTestLender()
  const engine = await createLlamaEngine(lender, live, () => {})
  return { engine, load: await starter(), kill: () => lender.leases[0]?.closeTab() }
})
