import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DeviceReport, ModelState } from '../../../kernel/abi/index.ts'
import { builtinCatalogue } from '../../../kernel/core/engines/catalogue.ts'
import { bytes, fits } from '../../../kernel/core/engines/fits.ts'
import { nextModelState } from '../../../kernel/core/engines/model-state.ts'
import type { ModelEvent } from '../../../kernel/core/engines/model-state.ts'
import { measure, noteOnly, progressOf, speed, startMeter } from '../../../kernel/core/engines/progress.ts'
import { hostOf, nameOf, sameSource, withoutKey } from '../../../kernel/core/engines/sources.ts'

const gigabyte = 1024 ** 3
const gpu = {
  name: 'Test GPU',
  shaderF16: true,
  maxBufferBytes: gigabyte,
  maxStorageBufferBytes: gigabyte,
  fallback: false,
}
const device = (change: Partial<DeviceReport> = {}): DeviceReport => ({
  gpu,
  memoryBytes: 8 * gigabyte,
  threads: 4,
  ...change,
})
const small = {
  engine: 'webllm' as const,
  sizeBytes: gigabyte,
  memoryBytes: gigabyte,
  needs: { gpu: true, shaderF16: true, bufferBytes: gigabyte / 2 },
}

describe('whether a model fits', () => {
  test('says yes when nothing stands in the way', () => {
    expect(fits(small, device())).toEqual({ ok: true })
    expect(builtinCatalogue.every((entry) => fits(entry, device({ gpu: null })).ok)).toBe(true)
  })

  test('names the obstacle in a sentence', () => {
    const reason = (change: Partial<DeviceReport>, model = small) => fits(model, device(change)).reason
    expect(reason({ gpu: null, gpuReason: 'no adapter was found.' })).toContain('no adapter was found')
    expect(reason({ gpu: { ...gpu, shaderF16: false } })).toContain('shader-f16')
    expect(reason({ gpu: { ...gpu, maxStorageBufferBytes: 128 * 1024 ** 2 } })).toBe(
      'It needs GPU buffers of 537 MB; Test GPU allows 134 MB.',
    )
    expect(reason({ memoryBytes: gigabyte })).toBe(
      'It needs 1.1 GB of memory; this device has 1.1 GB, and other tabs need some too.',
    )
  })

  test('refuses a GGUF file larger than the engine opens, whatever the device', () => {
    const large = {
      ...small,
      engine: 'llamacpp' as const,
      sizeBytes: 3 * gigabyte,
      needs: { ...small.needs, gpu: false },
    }
    expect(fits(large, device({ gpu: null })).reason).toContain('2.1 GB')
  })

  test('does not guess where the browser does not tell, or tells only its cap', () => {
    const hungry = { ...small, memoryBytes: 40 * gigabyte }
    expect(fits(hungry, device({ memoryBytes: null })).ok).toBe(true)
    expect(fits(hungry, device({ memoryBytes: 8 * gigabyte })).ok).toBe(true)
  })

  test('never refuses a server', () => {
    expect(fits({ ...small, engine: 'openai' }, device({ gpu: null, memoryBytes: 1 }))).toEqual({ ok: true })
  })

  test('writes amounts as people read them', () => {
    expect([3_808_640, 639_446_688, 1_107_409_472, 900].map(bytes)).toEqual(['3.8 MB', '639 MB', '1.1 GB', '1 kB'])
  })
})

describe('the state of a model', () => {
  const progress = noteOnly('load', 'x')
  const placement = { on: 'cpu' as const, name: '2 threads' }
  const events: ModelEvent[] = [
    { type: 'download-begun', progress },
    { type: 'progress', progress },
    { type: 'download-paused', reason: 'why' },
    { type: 'load-begun', progress },
    { type: 'loaded', placement, slots: 2 },
    { type: 'stored' },
    { type: 'absent' },
    { type: 'failed', code: 'c', message: 'm' },
  ]

  test('is ready only after loading, and loads only complete bytes, by any path', () => {
    const seen = new Map<string, ModelState>([['absent', { kind: 'absent' }]])
    const steps = new Set<string>()
    for (const state of seen.values()) {
      for (const event of events) {
        const next = nextModelState(state, event)
        if (next.kind !== state.kind) steps.add(`${state.kind} → ${next.kind}`)
        if (!seen.has(next.kind)) seen.set(next.kind, next)
      }
    }
    expect([...seen.keys()].sort()).toEqual(['absent', 'downloading', 'failed', 'loading', 'paused', 'ready', 'stored'])
    expect([...steps].filter((step) => step.endsWith('→ ready'))).toEqual(['loading → ready'])
    expect([...steps].filter((step) => step.endsWith('→ paused'))).toEqual(['downloading → paused'])
    expect(steps).not.toContain('downloading → loading')
  })

  test('is not changed by what comes too late', () => {
    const absent: ModelState = { kind: 'absent' }
    expect(nextModelState(absent, { type: 'progress', progress })).toBe(absent)
    expect(nextModelState(absent, { type: 'loaded', placement, slots: 1 })).toBe(absent)
  })

  test('keeps the progress of a paused download, without a speed', () => {
    const moving = { ...progress, doneBytes: 5, bytesPerSecond: 9, secondsLeft: 1 }
    const paused = nextModelState({ kind: 'downloading', progress: moving }, { type: 'download-paused', reason: 'why' })
    expect(paused).toMatchObject({ kind: 'paused', progress: { doneBytes: 5, bytesPerSecond: 0, secondsLeft: null } })
  })
})

describe('progress', () => {
  test('is a moving average over the last seconds', () => {
    let meter = startMeter(0, 0)
    for (let second = 1; second <= 10; second += 1) meter = measure(meter, second * 1000, second * 100)
    expect(speed(meter)).toBe(100)
    for (let second = 11; second <= 20; second += 1) meter = measure(meter, second * 1000, 1000 + (second - 10) * 300)
    expect(speed(meter)).toBe(300)
    expect(progressOf(meter, 'download', 7000)).toMatchObject({ doneBytes: 4000, secondsLeft: 10 })
    expect(meter.length).toBeLessThan(10)
  })

  test('does not count resumed bytes as speed, nor a restart as going back', () => {
    const resumed = measure(startMeter(0, 5000), 1000, 5100)
    expect(speed(resumed)).toBe(100)
    expect(speed(measure(resumed, 2000, 50))).toBe(0)
  })

  test('claims no time left that it cannot know', () => {
    expect(progressOf(startMeter(0, 0), 'download', 100).secondsLeft).toBeNull()
    expect(progressOf(measure(startMeter(0, 0), 10, 10), 'download', null).secondsLeft).toBeNull()
    expect(progressOf(startMeter(0, 100), 'download', 100).secondsLeft).toBe(0)
  })
})

describe('sources', () => {
  const server = { kind: 'openai' as const, baseUrl: 'https://user:pw@Example.com:8080/v1', model: 'm', key: 'secret' }

  test('never show a key, and are the same with another key', () => {
    expect(JSON.stringify(withoutKey(server))).not.toContain('secret')
    expect(sameSource(server, { ...server, key: 'other' })).toBe(true)
    expect(sameSource(server, { ...server, model: 'n' })).toBe(false)
  })

  test('name their host and themselves', () => {
    expect(hostOf(server.baseUrl)).toBe('example.com:8080')
    expect(nameOf({ kind: 'gguf-url', url: 'https://a.b/c/Some-Model.gguf?download=true' })).toBe('Some-Model')
  })

  test('name the host that a browser asks, however the address is dressed up', () => {
    expect(hostOf('https://evil.example\\@localhost:8080/v1')).toBe('evil.example')
    expect(hostOf('https://localhost@me@evil.example/v1')).toBe('evil.example')
    const parts = fc.array(fc.constantFrom('a', 'b.c', 'localhost', '@', '/', '\\', '?', '#', '\t', 'Z'), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(parts, (text) => {
        const url = `https://${text.join('')}`
        if (URL.canParse(url)) expect([url, hostOf(url)]).toEqual([url, new URL(url).host])
      }),
      { numRuns: 1_000 },
    )
  })
})
