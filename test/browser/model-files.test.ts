import { expect, test } from 'vitest'
import { DOWNLOAD_SEGMENT_BYTES } from '../../kernel/core/param.ts'
import { createOpfsModelFiles } from '../../kernel/drivers/opfs/model-files.ts'
import { modelFilesContract } from '../contract/model-files.ts'

modelFilesContract('OPFS', () => createOpfsModelFiles('contract-models'), DOWNLOAD_SEGMENT_BYTES)

test('what the app does not bring is not found, whatever it is named', async () => {
  const files = createOpfsModelFiles('bundled-models')
  for (const path of ['other.gguf', 'constructor', '__proto__'])
    await expect(files.bundled(path, new AbortController().signal)).rejects.toMatchObject({ code: 'not-found' })
})

test('a model file passes to another worker by reference and is readable there', async () => {
  const files = createOpfsModelFiles('passed-models')
  const writer = await files.writer('passed')
  await writer.write(new TextEncoder().encode('GGUF and more'))
  await writer.finish()
  const file = await files.open('passed')
  const code = 'onmessage = async ({ data }) => postMessage(await data.slice(0, 4).text())'
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }))
  const worker = new Worker(url)
  const answered = new Promise<unknown>((resolve) => {
    worker.onmessage = ({ data }) => resolve(data)
  })
  worker.postMessage(file)
  expect(await answered).toBe('GGUF')
  worker.terminate()
  URL.revokeObjectURL(url)
  await files.remove('passed')
})
