/** What is said of a server that does not answer depends on whether it is on this machine, told by its whole name. */
import { afterEach, expect, test, vi } from 'vitest'
import { isThisMachine } from '../../../kernel/core/engines/this-machine.ts'
import { unreachable } from '../../../kernel/drivers/openai/failure.ts'
import { loadFailure } from '../../../kernel/drivers/webllm/failure.ts'
import { isThisMachine as inThePanel } from '../../../ui/src/models/addresses.ts'

const OWN = ['http://localhost:11434/v1', 'http://127.0.0.1:8080', 'http://[::1]/v1', 'http://llm.localhost/v1']
const OTHERS = [
  'http://localhost.example.com/v1',
  'http://127.example.com',
  'http://127.0.0.1.example.com',
  'https://a.example',
]

afterEach(() => void vi.unstubAllGlobals())

test('the kernel and the panel take the same hosts for this machine', () => {
  for (const is of [isThisMachine, inThePanel]) {
    expect(OWN.filter((url) => !is(new URL(url).hostname))).toEqual([])
    expect(OTHERS.filter((url) => is(new URL(url).hostname))).toEqual([])
  }
})

test('without a network only a server elsewhere is said to be out of reach for that', () => {
  vi.stubGlobal('navigator', { onLine: false })
  const isOffline = (url: string): boolean => {
    const facts = { model: 'm', neededBytes: null, fault: { url, status: null }, receivedBytes: 0, deviceLost: false }
    const said = [
      unreachable({ host: new URL(url).host, model: 'm' }, url).message.includes('offline'),
      loadFailure(new Error('failed'), facts).message.includes('offline'),
    ]
    expect(new Set(said).size).toBe(1)
    return said[0] ?? false
  }
  expect(OWN.filter(isOffline)).toEqual([])
  expect(OTHERS.filter((url) => !isOffline(url))).toEqual([])
})
