import { afterEach, expect, test, vi } from 'vitest'
import { answerFailure, loadFailure, type LoadFailureFacts } from '../../../kernel/drivers/webllm/failure.ts'

const FACTS: LoadFailureFacts = {
  model: 'Qwen3',
  neededBytes: 1e9,
  fault: null,
  receivedBytes: 7,
  deviceLost: false,
}
const fault = { url: 'https://models.example/a.bin', status: null }

afterEach(() => void vi.unstubAllGlobals())

test('a download that failed offline says so, and what to do', () => {
  vi.stubGlobal('navigator', { onLine: false })
  const error = loadFailure(new TypeError('Failed to fetch'), { ...FACTS, fault })
  expect(error).toMatchObject({ code: 'download-failed', data: { offline: true, status: null, receivedBytes: 7 } })
  expect(error.message).toContain('Go online')
})

test('a download that failed online names the host', () => {
  vi.stubGlobal('navigator', { onLine: true })
  const error = loadFailure(new TypeError('Failed to fetch'), { ...FACTS, fault })
  expect(error).toMatchObject({ code: 'download-failed', data: { offline: false } })
  expect(error.message).toContain('models.example')
})

test('a device lost while loading ran out of memory', () => {
  const error = loadFailure(new Error('anything'), { ...FACTS, deviceLost: true })
  expect(error).toMatchObject({ code: 'out-of-memory', data: { model: 'Qwen3', neededBytes: 1e9 } })
})

test('a full disk is storage-full', () => {
  const error = loadFailure(new Error('Failed to store a.bin with error: QuotaExceededError'), FACTS)
  expect(error.code).toBe('storage-full')
})

test('a library of another release is bad-model', () => {
  const error = loadFailure(new WebAssembly.LinkError('import object field is not a Function'), FACTS)
  expect(error).toMatchObject({ code: 'bad-model' })
})

test('too long a conversation carries WebLLM’s numbers', () => {
  const said = Object.assign(
    new Error(
      'Prompt tokens exceed context window size: number of prompt tokens: 5000; context window size: 4096\nConsider',
    ),
    { name: 'ContextWindowSizeExceededError' },
  )
  expect(answerFailure(said)).toMatchObject({ code: 'context-overflow', data: { tokens: 5000, limitTokens: 4096 } })
})
