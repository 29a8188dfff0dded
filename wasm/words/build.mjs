/**
 * Makes words.bin: a vector for each of the commonest English words, learnt from what a sentence encoder (teacher.mjs) makes of the
 * words and of texts with them. `node wasm/words/build.mjs [folder]`, some five minutes; in the folder,
 * node_modules/.cache/words unless told otherwise, it keeps what it fetches and what the teacher said, and takes that from there next
 * time.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'
import { readCorpus } from './corpus.mjs'
import { along, axesOf, centred, normalise } from './eigen.mjs'
import { readVocabulary } from './glove.mjs'
import { fetchPackages } from './packages.mjs'
import { openTeacher, TEACHER_DIMENSIONS } from './teacher.mjs'
import { train } from './train.mjs'
import { writeWords } from './word-file.mjs'

const DIMENSIONS = 128
const WORDS = 40_000

/** Every fifth text of WordNet: 32,370, which the teacher reads in some minutes. */
const EVERY = 5

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = process.argv[2] ?? join(root, 'node_modules', '.cache', 'words')
const packages = fetchPackages(folder)

/** What the teacher makes of texts; asked once, as that takes longest. */
async function taught(name, texts) {
  const file = join(folder, `${name}.f32`)
  if (!existsSync(file)) {
    const embed = await openTeacher(packages.tools, packages.teacher)
    writeFileSync(file, new Uint8Array((await embed(texts)).buffer))
  }
  const bytes = new Uint8Array(readFileSync(file))
  const expected = texts.length * TEACHER_DIMENSIONS * Float32Array.BYTES_PER_ELEMENT
  if (bytes.length !== expected) throw new Error(`${file} is of other texts. Delete it and start again.`)
  return new Float32Array(bytes.buffer)
}

/** The kernel's own way of taking a text apart: words are learnt as they will be used. */
async function tellingWords() {
  const vite = await createServer({
    configFile: false,
    root,
    logLevel: 'error',
    server: { middlewareMode: true, ws: false },
  })
  const { tellingWordsOf } = await vite.ssrLoadModule('/kernel/core/memory/search/words.ts')
  await vite.close()
  return tellingWordsOf
}

const { words, weights } = readVocabulary(packages.words, WORDS)
const texts = readCorpus(EVERY)
const ofTexts = centred(await taught('texts', texts), TEACHER_DIMENSIONS)
const ofWords = centred(await taught('words', words), TEACHER_DIMENSIONS)
normalise(ofWords, TEACHER_DIMENSIONS)

// Texts spread in other directions than words alone do; it is texts that are compared.
const axes = axesOf(ofTexts, TEACHER_DIMENSIONS, DIMENSIONS)
const targets = along(axes, ofTexts, TEACHER_DIMENSIONS)
const vectors = along(axes, ofWords, TEACHER_DIMENSIONS)
normalise(targets, DIMENSIONS)
normalise(vectors, DIMENSIONS)
for (let at = 0; at < vectors.length; at++) vectors[at] *= weights[Math.floor(at / DIMENSIONS)]

const places = new Map(words.map((word, at) => [word, at]))
const tellingWordsOf = await tellingWords()
const placesOf = (text) => tellingWordsOf(text).flatMap(({ written }) => places.get(written) ?? [])
const bags = texts.map((text) => Int32Array.from(placesOf(text)))
train(vectors, bags, targets, DIMENSIONS, (round, cosine) => {
  console.log(`After round ${round}: cosine ${cosine.toFixed(3)} with the teacher on texts left out`)
})
writeWords(new URL('./words.bin', import.meta.url), words, weights, vectors, DIMENSIONS)
