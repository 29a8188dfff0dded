/** The model service with the real starter in real lent workers: what a lost worker does to an answer. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import starterUrl from '../../wasm/starter/starter.gguf?url'
import type { GenerateRequest } from '../../kernel/core/engines/engine.ts'
import { createLlamaEngine } from '../../kernel/drivers/llamacpp/engine.ts'
import { createOpfsModelFiles } from '../../kernel/drivers/opfs/model-files.ts'
import { createClock } from '../../kernel/drivers/web/clock.ts'
import { createTestLender } from '../fixtures/lender.ts'
import { ask, asker, read, start } from '../fixtures/models.ts'

const lender = createTestLender()
const live = new AbortController().signal
const files = createOpfsModelFiles('service-models')
let kernel: Awaited<ReturnType<typeof start>>

beforeAll(async () => {
  kernel = await start({ llamacpp: createLlamaEngine, files, lender, clock: createClock() })
})
afterAll(() => kernel.service[Symbol.asyncDispose]())

const generate = (request: GenerateRequest, model = 'starter') =>
  kernel.service.generate(request, { model, by: asker('Test'), signal: live })

const long = ask('Count from 1 to 40', { maxTokens: 80 })

// Each lost worker costs a fresh load, which is slow while the machine does other things.
describe('the starter in a lent worker', { timeout: 120_000 }, () => {
  test('gives the same answer to the token when its tab closes in the middle, wherever that is', async () => {
    const undisturbed = await read(generate(long))
    expect(undisturbed.text).toMatch(/^1\b.*\b20\b/s)
    for (const at of [1, 25]) {
      let texts = 0
      const { text, types, events } = await read(generate(long), (event) => {
        if (event.type === 'text' && ++texts === at) lender.leases.at(-1)?.closeTab()
      })
      expect(text).toBe(undisturbed.text)
      expect(types).toContain('paused')
      expect(types).toContain('resumed')
      const finish = (list: typeof events) => list.flatMap((event) => (event.type === 'finish' ? [event] : []))[0]
      expect(finish(events)?.usage.completionTokens).toBe(finish(undisturbed.events)?.usage.completionTokens)
    }
  })

  test('keeps all answers going when the worker under several of them is lost', async () => {
    const questions = [
      'Count from 1 to 12',
      'Repeat tea 9 times',
      'Count from 3 to 20',
      'Repeat tea 5 times',
      'Count from 1 to 9',
    ]
    const requests = questions.map((text) => ask(text, { maxTokens: 60 }))
    const undisturbed: string[] = []
    for (const request of requests) undisturbed.push((await read(generate(request))).text)
    let texts = 0
    const disturbed = await Promise.all(
      requests.map((request) =>
        read(generate(request), ({ type }) => {
          if (type === 'text' && ++texts === 20) lender.leases.at(-1)?.closeTab()
        }),
      ),
    )
    expect(disturbed.map(({ text }) => text)).toEqual(undisturbed)
  })

  test('answers from a file that was dropped in, kept in OPFS', async () => {
    const file = await (await fetch(starterUrl)).blob()
    const source = { kind: 'gguf-file' as const, name: 'dropped.gguf', bytes: file.size }
    const { id } = await kernel.call('model.add', { source, file })
    const info = await kernel.call('model.load', { id, makeDefault: false })
    expect(info.state).toMatchObject({ kind: 'ready', placement: { on: 'cpu' } })
    expect((await read(generate(ask('Repeat tea 3 times'), id))).text).toContain('tea')
    await kernel.call('model.remove', { id })
    expect(await files.usage()).toBe(0)
  })
})
