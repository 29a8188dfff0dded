/** A slice in words, for the tip, the list and those who listen. Pure. */
import type { EngineKind, SlotSlice } from '../../../sdk/index.ts'
import { count, duration, plural } from '../parts/format.ts'

export const classNames = { interactive: 'Interactive', normal: 'Normal', background: 'Background' } as const

export const engineNames: Record<EngineKind, string> = { llamacpp: 'llama.cpp', webllm: 'WebLLM', openai: 'Server' }

/** "1,204 tokens in 3.2 s (376/s)"; tokens are told when a slice ends. */
export function workOf(slice: SlotSlice, now: number): string {
  const ms = (slice.to ?? now) - slice.from
  if (slice.to === null) return `has it since ${duration(ms)}`
  const rate = slice.tokens >= 8 && ms > 0 ? ` (${count(slice.tokens / (ms / 1000))}/s)` : ''
  return `${plural(slice.tokens, 'token')} in ${duration(ms)}${rate}`
}

export function endOf(slice: SlotSlice): string {
  switch (slice.ended) {
    case null:
      return 'is writing'
    case 'finished':
      return 'finished'
    case 'preempted':
      return slice.preemptedBy === null ? 'had to wait for another' : `had to wait: ${slice.preemptedBy} went first`
    case 'paused':
      return 'paused by a person'
    case 'cancelled':
      return 'stopped'
    case 'failed':
      return 'failed'
    case 'lost':
      return 'the model was lost; it goes on when it is back'
  }
}

export function clock(time: number): string {
  return new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' })
}
