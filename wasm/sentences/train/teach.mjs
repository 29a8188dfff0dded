/**
 * Makes what the encoder learns from: texts, and the teacher's vectors of them, in some twenty minutes.
 * `node wasm/sentences/train/teach.mjs [folder] [count]`; in the folder, node_modules/.cache/sentences unless told otherwise, are
 * then wordnet.json and chat.json (the texts) with wordnet.f32 and chat.f32 (384 numbers each). A count takes only the first so
 * many of each, to try the way.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCorpus } from '../../words/corpus.mjs'
import { fetchPackages } from '../../words/packages.mjs'
import { openTeacher } from '../../words/teacher.mjs'
import { makeChat } from './chat.mjs'

const CHAT_TEXTS = 200_000

const cache = fileURLToPath(new URL('../../../node_modules/.cache', import.meta.url))
const folder = process.argv[2] ?? join(cache, 'sentences')
const most = Number(process.argv[3] ?? Infinity)
mkdirSync(folder, { recursive: true })

const packages = fetchPackages(folder)
const { words: ranked } = JSON.parse(readFileSync(packages.words, 'utf8'))
const sets = { wordnet: readCorpus(1).slice(0, most), chat: makeChat(Math.min(CHAT_TEXTS, most), ranked) }
const embed = await openTeacher(packages.tools, packages.teacher)
for (const [name, texts] of Object.entries(sets)) {
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(texts))
  writeFileSync(join(folder, `${name}.f32`), await embed(texts))
  console.log(`${name}: ${texts.length} texts`)
}
