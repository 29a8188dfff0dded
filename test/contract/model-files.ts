/** What every keeper of model files promises; runs over the in-memory twin in Node and over OPFS in a real browser. */
import { describe, expect, test } from 'vitest'
import type { ModelBytes, ModelFiles } from '../../kernel/core/engines/model-files.ts'

/**
 * @param reopen gives a new driver over the same storage, as the next kernel would have.
 * @param segmentBytes how many bytes become safe together.
 */
export function modelFilesContract(name: string, reopen: () => ModelFiles, segmentBytes: number): void {
  describe(`model files: ${name}`, () => {
    test('a finished file is there, byte for byte, also for the next kernel', async () => {
      const files = reopen()
      const writer = await files.writer('whole')
      const bytes = pattern(segmentBytes * 2 + 123)
      for (let at = 0; at < bytes.byteLength; at += 50_000) await writer.write(bytes.slice(at, at + 50_000))
      await writer.finish()
      await expectBytes(await reopen().open('whole'), bytes)
      expect(await files.usage()).toBe(bytes.byteLength)
      expect(await files.remove('whole')).toBe(bytes.byteLength)
    })

    test('nothing of a file is visible before it is finished', async () => {
      const files = reopen()
      expect(await files.open('half')).toBeNull()
      const writer = await files.writer('half')
      await writer.write(pattern(segmentBytes + 10))
      expect(await files.open('half')).toBeNull()
      await writer.suspend()
      expect(await files.open('half')).toBeNull()
      await files.remove('half')
    })

    test('suspending keeps every byte written, and writing goes on behind them', async () => {
      const bytes = pattern(segmentBytes + 5_000)
      const first = await reopen().writer('resumed')
      expect(first.safeBytes).toBe(0)
      await first.write(bytes.slice(0, 1_000))
      await first.suspend()
      const second = await reopen().writer('resumed')
      expect(second.safeBytes).toBe(1_000)
      await second.write(bytes.slice(1_000, 1_500))
      await second.suspend()
      const third = await reopen().writer('resumed')
      expect(third.safeBytes).toBe(1_500)
      await third.write(bytes.slice(1_500))
      await third.finish()
      await expectBytes(await reopen().open('resumed'), bytes)
      await reopen().remove('resumed')
    })

    test('a writer that just stops loses at most the segment it was in', async () => {
      const bytes = pattern(segmentBytes * 2 + 777)
      const dying = await reopen().writer('crashed')
      await dying.write(bytes)
      const next = await reopen().writer('crashed')
      expect(next.safeBytes).toBe(segmentBytes * 2)
      await next.write(bytes.slice(next.safeBytes))
      await next.finish()
      await expectBytes(await reopen().open('crashed'), bytes)
      // Only a real death frees what the writer holds open; this one lives in the same page.
      await dying.suspend()
      await reopen().remove('crashed')
    })

    test('removing frees a partial file too, and one that is not there is no error', async () => {
      const files = reopen()
      const writer = await files.writer('gone')
      await writer.write(pattern(2_000))
      await writer.suspend()
      expect(await files.remove('gone')).toBe(2_000)
      expect(await files.remove('gone')).toBe(0)
      expect(await files.usage()).toBe(0)
      expect((await files.writer('gone')).safeBytes).toBe(0)
      await files.remove('gone')
    })

    test('ids may hold what file names may not, and do not mix', async () => {
      const files = reopen()
      for (const id of ['a/b', '..', 'a%2Fb', 'ü ß']) {
        const writer = await files.writer(id)
        await writer.write(new TextEncoder().encode(id))
        await writer.finish()
      }
      for (const id of ['a/b', '..', 'a%2Fb', 'ü ß']) {
        const file = await files.open(id)
        expect(new TextDecoder().decode(await file?.slice(0, file.size).arrayBuffer())).toBe(id)
        await files.remove(id)
      }
    })

    test('the bundled starter is a GGUF file', async () => {
      const file = await reopen().bundled('starter.gguf', new AbortController().signal)
      expect(new TextDecoder().decode(await file.slice(0, 4).arrayBuffer())).toBe('GGUF')
      expect(file.size).toBe(3_808_640)
    })

    test('a file that the app does not have is a typed error', async () => {
      const missing = reopen().bundled('missing.gguf', new AbortController().signal)
      await expect(missing).rejects.toMatchObject({ code: 'not-found' })
    })

    test('an address that nobody answers is a typed error, and aborting gives its reason', async () => {
      const files = reopen()
      const nobody = files.fetch('http://127.0.0.1:1/model.gguf', 0, null, new AbortController().signal)
      await expect(nobody).rejects.toMatchObject({ code: 'download-failed', data: { status: null } })
      const reason = new Error('stopped')
      const stopped = files.fetch('http://127.0.0.1:1/model.gguf', 0, null, AbortSignal.abort(reason))
      await expect(stopped).rejects.toBe(reason)
    })
  })
}

function pattern(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).map((_, index) => (index * 7 + (index >> 8)) & 255)
}

/** Compares hashes: walking megabytes with `toEqual` takes seconds. */
async function expectBytes(file: ModelBytes | null, expected: Uint8Array<ArrayBuffer>): Promise<void> {
  if (!file) throw new Error('the file is not there')
  expect(file.size).toBe(expected.byteLength)
  expect(await hash(await file.slice(0, file.size).arrayBuffer())).toBe(await hash(expected.buffer))
}

async function hash(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
