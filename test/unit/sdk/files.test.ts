/** `hearth.files` and following the kernel, through the whole kernel: what takes long can be given up. */
import { expect, test } from 'vitest'
import { FILE_CALL_BYTES } from '../../../kernel/abi/limits.ts'
import type { KernelEvent } from '../../../sdk/index.ts'
import { MemoryBrowser } from './fixture.ts'

/** Gives itself up when its second part is read. */
class FileGivenUp extends File {
  readonly controller = new AbortController()

  override slice(from?: number, to?: number): Blob {
    if (from !== 0) this.controller.abort()
    return super.slice(from, to)
  }
}

test('an import that is given up halfway is cancelled and leaves nothing, and an export can be given up too', async () => {
  await using browser = new MemoryBrowser()
  const { agents, files } = await browser.open()
  const { id } = await agents.create({ name: 'Buddy' })
  const space = files.space(id)
  const file = new FileGivenUp([new Uint8Array(FILE_CALL_BYTES + 1)], 'big.bin')
  await expect(space.import(file, undefined, file.controller)).rejects.toMatchObject({ code: 'cancelled' })
  expect((await space.list()).files).toEqual([])
  const small = new File(['hello'], 'small.txt')
  await expect(space.import(small, undefined, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'cancelled',
  })
  await space.import(small)
  await expect(space.export('small.txt', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' })
  expect(await (await space.export('small.txt')).text()).toBe('hello')
})

test('following the kernel ends with its signal, which is no error', async () => {
  await using browser = new MemoryBrowser()
  const { kernel, memory } = await browser.open()
  const controller = new AbortController()
  const seen: KernelEvent['type'][] = []
  const following = (async () => {
    for await (const { type } of kernel.watch(controller)) {
      seen.push(type)
      if (type === 'memories') controller.abort()
    }
  })()
  await memory.add('the boat leaves at nine')
  await following
  expect(seen).toContain('memories')
})
