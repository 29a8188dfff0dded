import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { readmeBlocks } from '../../../.config/readme.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

test('every TypeScript block of the README is right by its types', () => {
  const blocks = readmeBlocks()
  expect(blocks.length).toBeGreaterThanOrEqual(2)
  // As if each were a file of test/, under the repository's own strictness.
  const files = new Map(blocks.map((code, at) => [`${root}test/readme-block-${at}.ts`, code]))
  const read = ts.readConfigFile(`${root}test/tsconfig.json`, (path) => ts.sys.readFile(path))
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, `${root}test`)
  const disk = ts.createCompilerHost(options)
  const known = { ...options, paths: { 'hearth-os': [`${root}sdk/index.ts`] } }
  const program = ts.createProgram([...files.keys()], known, {
    ...disk,
    fileExists: (path) => files.has(path) || disk.fileExists(path),
    getSourceFile: (path, language, ...rest) => {
      const code = files.get(path)
      return code === undefined
        ? disk.getSourceFile(path, language, ...rest)
        : ts.createSourceFile(path, code, language)
    },
  })

  const problems = [...files.keys()].flatMap((path) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(path))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
  )
  expect(problems).toEqual([])
}, 60_000)
