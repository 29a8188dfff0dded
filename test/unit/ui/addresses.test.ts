import { expect, test } from 'vitest'
import { isThisMachine, parseUrl } from '../../../ui/src/models/addresses.ts'

test('only a host that is this machine by its whole name counts as one', () => {
  const isLocal = (url: string): boolean => isThisMachine(parseUrl(url)?.hostname ?? '')
  for (const own of [
    'http://localhost:11434/v1',
    'http://127.0.0.1:8080',
    'http://[::1]/v1',
    'http://llm.localhost/v1',
  ])
    expect([own, isLocal(own)]).toEqual([own, true])
  for (const other of [
    'http://localhost.example.com/v1',
    'http://127.example.com',
    'http://127.0.0.1.example.com',
    'https://api.example.com',
  ])
    expect([other, isLocal(other)]).toEqual([other, false])
})
