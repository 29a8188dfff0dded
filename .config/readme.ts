/** Makes `virtual:readme/<n>`: the n-th TypeScript block of README.md as a module, so that a test can run it. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const NAME = /^virtual:readme\/(\d+)$/

export function readmeBlocks(): string[] {
  const text = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8')
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code ?? '')
}

export function readme(): Plugin {
  return {
    name: 'hearth:readme',
    // The suffix has Vite strip the block's types.
    resolveId: (id) => (NAME.test(id) ? `\0${id}.ts` : undefined),
    load(id) {
      const number = /^\0virtual:readme\/(\d+)\.ts$/.exec(id)?.[1]
      return number === undefined ? undefined : readmeBlocks()[Number(number)]
    },
  }
}
