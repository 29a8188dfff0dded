import { startLlamaServer } from '../fixtures/llama-server.ts'
import { conversation, expect, say, test } from './app.ts'

test('a model on an OpenAI-compatible server answers in the app, and the panel says whose machine it is on', async ({
  app,
}) => {
  await using server = await startLlamaServer({ key: 'sk-test-1' })
  const page = await app.open()
  await page.evaluate(
    async ({ openai, model }) => {
      const added = await globalThis.hearth.models.add({ openai, model, key: 'sk-test-1' })
      await globalThis.hearth.models.load(added.id)
      const [agent] = await globalThis.hearth.agents.list()
      if (agent === undefined) await globalThis.hearth.agents.create({ name: 'Hearth', tools: ['calculate'] })
    },
    { openai: server.baseUrl, model: server.model },
  )

  await say(page, 'What is 12 * 34?')

  await expect(conversation(page)).toContainText('12 * 34 = 408')
  await expect(page.getByText(new URL(server.baseUrl).host).first()).toBeVisible()
  const { outbound } = await page.evaluate(() => globalThis.hearth.kernel.stats())
  expect(outbound).toEqual([new URL(server.baseUrl).host])
})

test('a wrong key is answered with a message that says so', async ({ app }) => {
  await using server = await startLlamaServer({ key: 'sk-test-1' })
  const page = await app.open()
  const error = await page.evaluate(
    async ({ openai, model }) => {
      const added = await globalThis.hearth.models.add({ openai, model, key: 'sk-test-2' })
      try {
        await globalThis.hearth.models.load(added.id)
        await globalThis.hearth.llm.chat.completions.create({ messages: [{ role: 'user', content: 'Hello' }] })
        return null
      } catch (thrown) {
        const { code, message } = thrown as { code: string; message: string }
        return { code, message }
      }
    },
    { openai: server.baseUrl, model: server.model },
  )
  expect(error?.message).toMatch(/key/i)
})
