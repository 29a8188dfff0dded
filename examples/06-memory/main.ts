import { connect, HearthError, type SharedEntry } from 'hearth-os'
import { find } from '../find.ts'

const KEY = 'visitors'

const list = find('ol')
const visitors = find('output')
const count = find('button', '#count')
const hearth = await connect({ name: 'Memory and whiteboard' })

/** No model is loaded: remembering and searching need none. */
onSubmit('#tell', async (text) => {
  await hearth.memory.add(text)
  show([`Remembered: ${text}`])
})

onSubmit('#ask', async (question) => {
  const hits = await hearth.memory.search(question, { k: 5 })
  show(
    hits.map(({ memory, score, parts: { words, meaning } }) => {
      const parts = `${words.toFixed(2)} by words, ${meaning.toFixed(2)} by meaning`
      return `${memory.text} (${score.toFixed(2)}: ${parts})`
    }),
  )
})

// Read, changed, and written if nobody else wrote in between; else once more. However many tabs click, none is lost.
count.addEventListener('click', () => void hearth.shared.update(KEY, (value) => Number(value ?? 0) + 1))

for (const button of document.querySelectorAll('button')) button.disabled = false
for await (const event of hearth.shared.watch({ prefix: KEY })) {
  if (event.type === 'entries') showVisitors(event.entries[0])
  else showVisitors(event.type === 'set' ? event.entry : undefined)
}

function showVisitors(entry: SharedEntry | undefined): void {
  visitors.textContent = Number(entry?.entry?.value ?? 0).toString()
}

function show(lines: readonly string[]): void {
  list.replaceChildren(
    ...(lines.length > 0 ? lines : ['Nothing found.']).map((line) => {
      const item = document.createElement('li')
      item.textContent = line
      return item
    }),
  )
}

function onSubmit(form: string, act: (text: string) => Promise<void>): void {
  find('form', form).addEventListener('submit', (event) => {
    event.preventDefault()
    act(find('input', `[name=${form.slice(1)}]`).value).catch((error: unknown) => {
      if (!(error instanceof HearthError)) throw error
      show([error.message])
    })
  })
}
