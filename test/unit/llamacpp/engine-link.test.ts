/**
 * The kernel's end of the link. What crashes in the middle of an answer cannot be had from the real llama.cpp on demand, so
 * a stand-in speaks for the worker here; the real one is in test/browser/llamacpp.test.ts.
 */
import { expect, test } from 'vitest'
import { HearthError, toWire } from '../../../kernel/abi/index.ts'
import type { Lease } from '../../../kernel/core/lending.ts'
import { EngineLink } from '../../../kernel/drivers/llamacpp/engine-link.ts'
import type { FromWorker, ToWorker } from '../../../kernel/drivers/llamacpp/link.ts'
import { crashFailure } from '../../../kernel/drivers/llamacpp/failure.ts'

const live = new AbortController().signal
const request = { messages: [], tools: [], temperature: 0, topP: 1, maxTokens: 5 }
const text = (words: string) => ({ type: 'text' as const, text: words, tokens: 1 })

/** A lease whose worker is `answer`, a stand-in. */
function standIn(answer: (message: ToWorker, post: (message: FromWorker) => void) => void) {
  const { port1, port2 } = new MessageChannel()
  const gone = new AbortController()
  const heard: ToWorker[] = []
  let killed = 0
  port2.addEventListener('message', (event: MessageEvent<ToWorker>) => {
    heard.push(event.data)
    answer(event.data, (message) => port2.postMessage(message))
  })
  port2.start()
  const lease: Lease = {
    id: 'lease',
    kind: 'llamacpp',
    port: port1,
    lender: 'a stand-in',
    isolated: false,
    lost: gone.signal,
    kill: () => (killed += 1),
    async [Symbol.asyncDispose]() {},
  }
  return { link: new EngineLink(lease), heard, lose: (reason: HearthError) => gone.abort(reason), killed: () => killed }
}

async function readAll(link: EngineLink, signal = live): Promise<string> {
  let all = ''
  for await (const delta of link.stream(request, signal)) all += delta.type === 'text' ? delta.text : ''
  return all
}

function heardOnce(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((settle) => (resolve = settle))
  return { promise, resolve }
}

test('deltas arrive in order, also those that were there before anybody read', async () => {
  const { link } = standIn((message, post) => {
    if (message.t !== 'generate') return
    for (const word of ['a', 'b', 'c']) post({ t: 'deltas', id: message.id, deltas: [text(word)] })
    post({ t: 'done', id: message.id })
  })
  expect(await readAll(link)).toBe('abc')
  link.close()
})

test('a crash fails what is in flight, loses the engine and has the tab end the worker', async () => {
  const error = crashFailure(new Error('unreachable'), [], 'starter', 1)
  const { link, killed } = standIn((message, post) => {
    post({ t: 'deltas', id: message.t === 'generate' ? message.id : 0, deltas: [text('a')] })
    post({ t: 'crash', error: toWire(error) })
  })
  await expect(readAll(link)).rejects.toMatchObject({
    code: 'engine-lost',
    data: { reason: 'llama.cpp crashed: unreachable' },
  })
  expect(HearthError.is(link.lost.reason, 'engine-lost')).toBe(true)
  expect(killed()).toBe(1)
  await expect(link.call({ t: 'unload' }, live)).rejects.toMatchObject({ code: 'engine-lost' })
})

test('running out of memory in an answer says so there, and loses the engine', async () => {
  const error = crashFailure(new Error('memory access out of bounds'), [], 'starter', 1)
  const { link, killed } = standIn((_message, post) => post({ t: 'crash', error: toWire(error) }))
  await expect(readAll(link)).rejects.toMatchObject({ code: 'out-of-memory' })
  expect(HearthError.is(link.lost.reason, 'engine-lost')).toBe(true)
  expect(killed()).toBe(1)
})

test('a lost GPU is a lost engine', () => {
  const log = ['ggml_webgpu: Device lost! Reason: 1, Message: the driver was reset']
  expect(crashFailure(new Error('(ABORT)'), log, 'starter', 1)).toMatchObject({
    code: 'engine-lost',
    data: { reason: 'the GPU was lost' },
  })
})

test('a worker that never answers is left as soon as its tab is gone', async () => {
  const { link, lose } = standIn(() => {})
  const answers = Promise.allSettled([readAll(link), link.call({ t: 'unload' }, live)])
  lose(new HearthError('engine-lost', 'The tab closed.', { engine: 'llamacpp', reason: 'the tab closed' }))
  for (const one of await answers)
    expect(one).toMatchObject({ status: 'rejected', reason: { message: 'The tab closed.' } })
})

test('an abort tells the worker to stop and does not wait for it', async () => {
  const abort = new AbortController()
  const { promise: told, resolve } = heardOnce()
  const { link, heard } = standIn((message) => {
    if (message.t === 'generate') abort.abort(new Error('enough'))
    else resolve()
  })
  await expect(readAll(link, abort.signal)).rejects.toThrow('enough')
  await told
  expect(heard.map((message) => message.t)).toEqual(['generate', 'stop'])
  link.close()
})

test('leaving the loop early tells the worker to stop', async () => {
  const { promise: told, resolve } = heardOnce()
  const { link } = standIn((message, post) => {
    if (message.t === 'generate') post({ t: 'deltas', id: message.id, deltas: [text('a')] })
    else if (message.t === 'stop') resolve()
  })
  for await (const delta of link.stream(request, live)) {
    expect(delta.type).toBe('text')
    break
  }
  await told
  link.close()
})

test('a request that cannot be copied fails alone', async () => {
  const { link } = standIn((message, post) => {
    if (message.t === 'unload') post({ t: 'done', id: message.id })
  })
  const bad = { ...request, tools: [{ name: 'x', description: '', parameters: { f: (() => {}) as never } }] }
  const read = async () => {
    for await (const delta of link.stream(bad, live)) expect(delta).toBeDefined()
  }
  await expect(read()).rejects.toMatchObject({ code: 'engine-failed' })
  await link.call({ t: 'unload' }, live)
  link.close()
})
