/**
 * Lets TypeScript read components as what they are linted as.
 *
 * To TypeScript a component is the code that its script and its template come to, not its file. With typescript-eslint's
 * project service each component that is linted would change the program, and all types would be worked out anew, 157 times:
 * most of the time that linting takes. Read as that code from the start, all of them are in one program.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import typescript from 'typescript'

/** @typedef {{ parseForESLint(code: string, options: object): unknown }} Parser */

/**
 * Has to come before ESLint parses the first file: the project service reads a file once.
 * @param {string} directory where the components are
 * @param {Parser} components svelte-eslint-parser
 * @param {{ parser: Parser }} parserOptions those with which ESLint calls it, but for the project
 */
export function readAsCode(directory, components, parserOptions) {
  /** @type {Map<string, string>} */
  const codes = new Map()
  /** @type {Parser} */
  const noting = {
    ...parserOptions.parser,
    parseForESLint(code, options) {
      if ('filePath' in options) codes.set(String(options.filePath), code)
      return parserOptions.parser.parseForESLint(code, options)
    },
  }
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.svelte')) continue
    const filePath = join(directory, name)
    components.parseForESLint(readFileSync(filePath, 'utf8'), { ...parserOptions, parser: noting, filePath })
  }
  const { readFile } = typescript.sys
  typescript.sys.readFile = (path, encoding) => codes.get(path) ?? readFile(path, encoding)
}
