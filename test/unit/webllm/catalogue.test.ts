import { expect, test } from 'vitest'
import { ModelInfo } from '../../../kernel/abi/syscalls/model.ts'
import { webllmCatalogue } from '../../../kernel/drivers/webllm/catalogue.ts'
import { f32Twin, readModelName } from '../../../kernel/drivers/webllm/model-name.ts'

const GIGABYTE = 1e9

test("lists every language model of WebLLM's own list, without importing it at run time", async () => {
  const { prebuiltAppConfig, ModelType } = await import('@mlc-ai/web-llm')
  const expected = prebuiltAppConfig.model_list.filter((record) => record.model_type !== ModelType.embedding)
  const entries = await webllmCatalogue()
  expect(entries.map(({ id }) => id)).toEqual(expected.map((record) => record.model_id))
  expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length)
})

test('every entry has the shape the boundary promises', async () => {
  for (const { needs, short, ...entry } of await webllmCatalogue()) {
    const info = { ...entry, fits: { ok: true }, listed: true, state: { kind: 'absent' } }
    expect(ModelInfo.safeParse(info).error, entry.id).toBeUndefined()
    expect(needs.gpu).toBe(true)
    expect(typeof short).toBe('boolean')
  }
})

test('every entry has an estimated size that is less than its memory need', async () => {
  for (const { id, sizeBytes, sizeEstimated, memoryBytes } of await webllmCatalogue()) {
    expect(sizeEstimated, id).toBe(true)
    expect(sizeBytes, id).toBeLessThan(memoryBytes ?? 0)
  }
})

test.each([
  ['Llama-3.2-1B-Instruct-q4f16_1-MLC', 0.7 * GIGABYTE],
  ['Qwen3-4B-q4f16_1-MLC', 2.26 * GIGABYTE],
  ['SmolLM2-360M-Instruct-q0f16-MLC', 0.72 * GIGABYTE],
  ['Llama-3.1-8B-Instruct-q4f32_1-MLC', 5 * GIGABYTE],
  ['stablelm-2-zephyr-1_6b-q4f16_1-MLC-1k', 0.9 * GIGABYTE],
])('estimates the download of %s within a tenth', (id, bytes) => {
  const estimate = readModelName(id).weightBytes ?? 0
  expect(Math.abs(estimate - bytes) / bytes).toBeLessThan(0.1)
})

test('every f16 model asks for shader-f16, also those whose list entry forgets to', async () => {
  const entries = await webllmCatalogue()
  expect(entries.find(({ id }) => id === 'Llama-3.2-1B-Instruct-q4f16_1-MLC')?.needs.shaderF16).toBe(true)
  expect(entries.find(({ id }) => id === 'Llama-3.2-1B-Instruct-q4f32_1-MLC')?.needs.shaderF16).toBe(false)
})

test('the short list names models that exist, some of them for a GPU without shader-f16', async () => {
  const short = (await webllmCatalogue()).filter((entry) => entry.short)
  expect(short).toHaveLength(5)
  expect(short.filter(({ needs }) => !needs.shaderF16)).toHaveLength(2)
})

test('the 32-bit twin of an f16 model is named as WebLLM names it', () => {
  expect(f32Twin('Qwen3-4B-q4f16_1-MLC')).toBe('Qwen3-4B-q4f32_1-MLC')
  expect(f32Twin('Qwen3-4B-q4f32_1-MLC')).toBeNull()
})
