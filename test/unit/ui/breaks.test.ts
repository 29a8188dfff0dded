import { describe, expect, it } from 'vitest'
import type { Marker } from '../../../ui/src/state/conversation-items.ts'
import { breakLine, breakList } from '../../../ui/src/talk/break-words.ts'

const paused = (by: Marker['by'], text: string, at = 0): Marker => ({ kind: 'paused', by, text, at, offset: 40 })
const resumed = (at = 0): Marker => ({ kind: 'resumed', text: 'CPU', at, offset: 40 })

describe('the breaks of an answer', () => {
  it('say who goes first while it waits, and that it goes on', () => {
    expect(breakLine([paused('scheduler', 'Support goes first.')], true)).toBe(
      'Support goes first. It goes on after this.',
    )
  })

  it('say afterwards what happened, by whom and how often', () => {
    const markers = [
      ...[paused('scheduler', 'Support goes first.'), resumed()],
      ...[paused('scheduler', 'Mail goes first.'), resumed(), paused('user', 'You paused it.'), resumed()],
    ]
    expect(breakLine(markers, false)).toBe('It gave way to others twice, was paused by you, and went on where it was')
  })

  it('are listed one by one, with how long each took', () => {
    expect(breakList([paused('user', 'You paused it.', 1000), resumed(3500)])).toEqual([
      'After 40 characters: You paused it. Went on after 2.5 s.',
    ])
  })

  it('say nothing where there was none', () => {
    expect(breakLine([], true)).toBe('')
  })
})
