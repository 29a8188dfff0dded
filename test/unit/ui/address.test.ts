import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressOf } from '../../../ui/src/state/address.ts'

test('an address names a room, what it is about, and which page of that', () => {
  expect(addressOf('')).toEqual({ room: '', detail: null, view: null })
  expect(addressOf('#/agents/activity')).toEqual({ room: 'agents', detail: 'activity', view: null })
  const files = { room: 'files', detail: 'agent 1', view: 'notes/100% sure.md' }
  expect(addressOf('#/files/agent%201/notes/100%25%20sure.md')).toEqual(files)
})

test('a link that anybody wrote says something, whatever is in it', () => {
  expect(addressOf('#/talk/%')).toEqual({ room: 'talk', detail: '%', view: null })
  expect(addressOf('#/files/a/100%.txt')).toEqual({ room: 'files', detail: 'a', view: '100%.txt' })
  fc.assert(fc.property(fc.string(), (text) => void addressOf(`#/talk/${text}`)))
})
