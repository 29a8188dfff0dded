import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Progress } from '../../../kernel/abi/index.ts'
import { download } from '../../../kernel/core/engines/download.ts'
import type { ModelFiles } from '../../../kernel/core/engines/model-files.ts'
import { DOWNLOAD_ATTEMPTS, DOWNLOAD_STALL_MS } from '../../../kernel/core/param.ts'
import type { Clock } from '../../../kernel/core/platform.ts'
import { createMemoryModelFiles } from '../../../kernel/drivers/memory/model-files.ts'
import { startRangeServer } from '../../fixtures/range-server.ts'
import type { RangeServer, ServedFile } from '../../fixtures/range-server.ts'

const SEGMENT = 16 * 1024
const model = (seed: number, size = 200_000) => {
  const bytes = new Uint8Array(size).map((_, index) => (index * 31 + seed + (index >> 8)) & 255)
  bytes.set([0x47, 0x47, 0x55, 0x46])
  return bytes
}

let server: RangeServer
let files: ModelFiles
/** What the server said of the file, as the database would keep it. */
let known: { etag: string | null; totalBytes: number | null }
let progress: Progress[]
let naps: number[]

beforeEach(async () => {
  server = await startRangeServer()
  files = createMemoryModelFiles({ segmentBytes: SEGMENT })
  known = { etag: null, totalBytes: null }
  progress = []
  naps = []
})
afterEach(() => server[Symbol.asyncDispose]())

/** Time passes as soon as somebody sleeps, but for the watch over a silent server: that wakes when a test says so. */
let silence: () => void = () => {}
const clock: Clock = {
  now: () => 0,
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    if (ms < DOWNLOAD_STALL_MS) return Promise.resolve(void naps.push(ms))
    return new Promise((resolve, reject) => {
      silence = resolve
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  },
}

function serve(file: ServedFile): ServedFile {
  server.files.set('/model.gguf', file)
  return file
}

function fetchModel(signal = new AbortController().signal, url = `${server.url}/model.gguf`): Promise<void> {
  const onFile = async (file: typeof known) => void (known = file)
  const job = { model: 'm', name: 'Model', url, files, clock, onFile, ...known }
  return download({ ...job, onProgress: (now) => void progress.push(now) }, signal)
}

/** `toEqual` walks 200,000 numbers; this compares memory. */
async function expectStored(bytes: Uint8Array): Promise<void> {
  const file = await files.open('m')
  if (!file) throw new Error('nothing is stored')
  const stored = new Uint8Array(await file.slice(0, file.size).arrayBuffer())
  expect(Buffer.compare(stored, bytes)).toBe(0)
}

async function safeBytes(): Promise<number> {
  const writer = await files.writer('m')
  await writer.suspend()
  return writer.safeBytes
}

describe('a download', () => {
  test('brings every byte, with progress up to the last', async () => {
    const { bytes } = serve({ bytes: model(1), etag: '"a"' })
    await fetchModel()
    await expectStored(bytes)
    expect(progress.at(-1)).toMatchObject({
      phase: 'download',
      doneBytes: 200_000,
      totalBytes: 200_000,
      secondsLeft: 0,
    })
    expect(known).toEqual({ etag: '"a"', totalBytes: 200_000 })
  })

  test('goes on by itself after cut connections, from the byte where each was cut', async () => {
    const { bytes } = serve({ bytes: model(1), etag: '"a"', cuts: [50_000, 30_000, 1000] })
    await fetchModel()
    await expectStored(bytes)
    expect(server.ranges).toEqual([null, 'bytes=50000-', 'bytes=80000-', 'bytes=81000-'])
  })

  test('gives up after some attempts that bring nothing, and keeps what it has', async () => {
    const file = serve({ bytes: model(1), etag: '"a"', cuts: [50_000, ...Array<number>(20).fill(0)] })
    await expect(fetchModel()).rejects.toMatchObject({ code: 'download-failed', data: { receivedBytes: 50_000 } })
    expect(naps).toHaveLength(DOWNLOAD_ATTEMPTS - 1)
    expect(await safeBytes()).toBe(50_000)
    delete file.cuts
    await fetchModel()
    expect(server.ranges.at(-1)).toBe('bytes=50000-')
    await expectStored(file.bytes)
  })

  test('starts again when the file on the server is another one, told by its validator', async () => {
    serve({ bytes: model(1), etag: '"a"', holdAfter: 60_000 })
    await pauseWhenHeld()
    server.release()
    const { bytes } = serve({ bytes: model(2), etag: '"b"' })
    await fetchModel()
    await expectStored(bytes)
    expect(known.etag).toBe('"b"')
  })

  test('starts again when the file is another one, told by its size alone', async () => {
    serve({ bytes: model(1), holdAfter: 60_000 })
    await pauseWhenHeld()
    server.release()
    const { bytes } = serve({ bytes: model(2, 190_000) })
    await fetchModel()
    await expectStored(bytes)
  })

  test('starts again when nothing says that it is the same file', async () => {
    serve({ bytes: model(1), length: false, holdAfter: 60_000 })
    await pauseWhenHeld()
    server.release()
    const { bytes } = serve({ bytes: model(2), length: false })
    await fetchModel()
    await expectStored(bytes)
  })

  test('works with a server that has no ranges and one that tells no length', async () => {
    const { bytes } = serve({ bytes: model(1), ranges: false, length: false, cuts: [] })
    await fetchModel()
    await expectStored(bytes)
    expect(progress.every(({ totalBytes, secondsLeft }) => totalBytes === null && secondsLeft === null)).toBe(true)
  })

  test('does not go round for ever on a server that cuts each response and has no ranges', async () => {
    serve({ bytes: model(1), ranges: false, cuts: Array<number>(50).fill(50_000) })
    await expect(fetchModel()).rejects.toMatchObject({ code: 'download-failed' })
    expect(server.ranges.length).toBeLessThanOrEqual(DOWNLOAD_ATTEMPTS + 1)
  })

  test('does not go round for ever on a server that sends other bytes than were asked for', async () => {
    serve({ bytes: model(1), always: 1_000 })
    await expect(fetchModel()).rejects.toMatchObject({ code: 'download-failed', data: { status: 206 } })
    expect(server.ranges).toEqual([null])
  })

  test('that was complete but not noted so asks for nothing more than the server’s word', async () => {
    const { bytes } = serve({ bytes: model(1), etag: '"a"' })
    const writer = await files.writer('m')
    await writer.write(bytes.slice())
    await writer.suspend()
    known = { etag: '"a"', totalBytes: bytes.byteLength }
    await fetchModel()
    await expectStored(bytes)
    expect(server.ranges).toEqual(['bytes=200000-'])
  })

  test('refuses what does not start like a model, before fetching the rest', async () => {
    serve({ bytes: new TextEncoder().encode('<!doctype html>'.padEnd(100_000)) })
    await expect(fetchModel()).rejects.toMatchObject({ code: 'bad-model' })
    expect(await files.open('m')).toBeNull()
  })

  test('says what is wrong when the server refuses, without trying again', async () => {
    serve({ bytes: model(1), status: 403 })
    await expect(fetchModel()).rejects.toMatchObject({ code: 'download-failed', data: { status: 403, offline: false } })
    await expect(fetchModel(undefined, `${server.url}/other.gguf`)).rejects.toThrow('no such file')
    expect(naps).toEqual([])
  })

  test('keeps what fits when the storage is full', async () => {
    files = createMemoryModelFiles({ segmentBytes: SEGMENT, quotaBytes: 5 * SEGMENT })
    serve({ bytes: model(1), etag: '"a"' })
    await expect(fetchModel()).rejects.toMatchObject({ code: 'storage-full' })
    expect(await safeBytes()).toBe(5 * SEGMENT)
    expect(await files.open('m')).toBeNull()
  })

  test('gives up a connection that brings nothing any more, and goes on with another', async () => {
    const file = serve({ bytes: model(1), etag: '"a"', holdAfter: 60_000 })
    const fetching = fetchModel()
    await server.held()
    await vi.waitUntil(() => progress.at(-1)?.doneBytes === 60_000)
    delete file.holdAfter
    // The first look finds that bytes have come since the start, the second that none came since.
    silence()
    await Promise.resolve()
    await vi.waitUntil(() => {
      silence()
      return server.ranges.length > 1
    })
    await fetching
    await expectStored(file.bytes)
    expect(server.ranges).toEqual([null, 'bytes=60000-'])
  })

  test('that is paused keeps its bytes and stops the transfer', async () => {
    serve({ bytes: model(1), etag: '"a"', holdAfter: 60_000 })
    await pauseWhenHeld()
    expect(await safeBytes()).toBeGreaterThan(0)
    expect(await files.open('m')).toBeNull()
  })
})

/** Fetches until the server holds and some bytes have come, then aborts. */
async function pauseWhenHeld(): Promise<void> {
  const pause = new AbortController()
  const onFile = async (file: typeof known) => void (known = file)
  const url = `${server.url}/model.gguf`
  const onProgress = ({ doneBytes }: Progress) => {
    if (doneBytes > 0) pause.abort(new Error('paused'))
  }
  const job = { model: 'm', name: 'Model', url, files, clock, onFile, onProgress, ...known }
  await expect(download(job, pause.signal)).rejects.toThrow('paused')
}
