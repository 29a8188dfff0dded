/** Which worker WebLLM gets. The lender and its workers are the test's: no GPU is to be had in Node. */
import { expect, test } from 'vitest'
import { HearthError } from '../../../kernel/abi/index.ts'
import type { LendKind } from '../../../kernel/abi/index.ts'
import type { Lease, Lender } from '../../../kernel/core/lending.ts'
import { borrowGpu } from '../../../kernel/drivers/webllm/borrow.ts'

const live = new AbortController().signal
const closed = new HearthError('engine-lost', 'The tab has closed.', { engine: 'webllm', reason: 'it has closed' })

/** What a worker does that is asked for its GPU. */
type Worker = 'answers' | 'has none' | 'is lost'

/** Tabs that lend a worker of each kind that is named; others are waited for. */
function lenderOf(workers: Partial<Record<LendKind, Worker>>): Lender {
  return {
    borrow(kind, signal, onWait) {
      const worker = workers[kind]
      if (worker) return Promise.resolve(leaseOf(kind, worker))
      onWait?.()
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
    },
  }
}

function leaseOf(kind: LendKind, worker: Worker): Lease {
  const { port1, port2 } = new MessageChannel()
  const lost = new AbortController()
  port2.onmessage = ({ data }: MessageEvent<{ id: number }>) => {
    if (worker === 'is lost') lost.abort(closed)
    else
      port2.postMessage({ t: 'done', id: data.id, result: worker === 'answers' ? { name: 'GPU' } : { reason: 'none' } })
  }
  const kill = (): void => port2.close()
  const facts = { id: kind, kind, port: port1, lender: 'Tab', isolated: true, lost: lost.signal, kill }
  return { ...facts, [Symbol.asyncDispose]: async () => kill() }
}

async function outcome(workers: Partial<Record<LendKind, Worker>>): Promise<string> {
  try {
    const { lease, link } = await borrowGpu(lenderOf(workers), live, () => {})
    link.close()
    lease.kill()
    return lease.kind
  } catch (error) {
    return (error as HearthError).code
  }
}

test('the shared worker is used where it has a GPU, and else a dedicated one', async () => {
  expect(await outcome({ 'gpu-link': 'answers', webllm: 'answers' })).toBe('gpu-link')
  expect(await outcome({ 'gpu-link': 'has none', webllm: 'answers' })).toBe('webllm')
  expect(await outcome({ 'gpu-link': 'is lost', webllm: 'answers' })).toBe('webllm')
  expect(await outcome({ webllm: 'answers' })).toBe('webllm')
})

test('only a worker that says so has no GPU: one whose tab closes first is lost, and can be asked for again', async () => {
  expect(await outcome({ 'gpu-link': 'has none', webllm: 'has none' })).toBe('unsupported')
  expect(await outcome({ webllm: 'is lost' })).toBe('engine-lost')
  expect(await outcome({ 'gpu-link': 'has none', webllm: 'is lost' })).toBe('engine-lost')
})
