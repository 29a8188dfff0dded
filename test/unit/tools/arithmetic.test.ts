import variant from '@jitl/quickjs-wasmfile-release-sync'
import * as fc from 'fast-check'
import { newQuickJSWASMModuleFromVariant } from 'quickjs-emscripten-core'
import { describe, expect, it } from 'vitest'
import { arithmeticToScript } from '../../../kernel/core/tools/builtin/arithmetic.ts'
import { runScript } from '../../../kernel/drivers/quickjs/guest.ts'
import { errorOf } from '../agents/harness.ts'

/** Evaluated where such scripts are: in QuickJS. */
const quickjs = await newQuickJSWASMModuleFromVariant(variant)
const value = (expression: string): unknown =>
  runScript(quickjs, { code: arithmeticToScript(expression), timeoutMs: 1_000, memoryBytes: 2 ** 24 }).value

describe('the grammar of calculate', () => {
  it('reads arithmetic as it is written on paper', () => {
    const cases: [string, number][] = [
      ['12 * 34', 408],
      ['2 + 3 * 4', 14],
      ['(2 + 3) * 4', 20],
      ['2 ^ 3 ^ 2', 512],
      ['-2 ^ 2', -4],
      ['2 ** -1', 0.5],
      ['10 % 3', 1],
      ['15% * 80', 12],
      ['50%', 0.5],
      ['3 × 4 ÷ 2 − 1', 5],
      ['12 x 34', 408],
      ['12 * 34 = ?', 408],
      ['sqrt(16) + max(1, 2, 3)', 7],
      ['Math.round(2.5)', 3],
      ['ln(e)', 1],
      ['cos(2 * pi)', 1],
      ['1.5e3 + .5', 1500.5],
      ['- - 3', 3],
      ['1 / 4', 0.25],
    ]
    for (const [expression, result] of cases) expect(value(expression), expression).toBeCloseTo(result, 12)
  })

  it('refuses everything else and says what it found', async () => {
    const cases: [string, string][] = [
      ['', 'empty'],
      ['1 +', 'the end'],
      ['1 2', 'operator'],
      ['(1', '")"'],
      ['fetch(1)', 'fetch'],
      ['constructor(1)', 'constructor'],
      ['Math.constructor(1)', 'constructor'],
      ['globalThis', 'globalThis'],
      ['1; 2', '";"'],
      ['a => a', 'a'],
      ['[1]', '"["'],
      ['"12"', '"""'],
      ['`1`', '"`"'],
      ['__proto__', '__proto__'],
      ['('.repeat(500), 'nested'],
      ['1+'.repeat(2_000), 'longer'],
    ]
    for (const [expression, reason] of cases) {
      const error = await errorOf(Promise.resolve().then(() => arithmeticToScript(expression)))
      expect(error.code).toBe('tool-failed')
      expect(error.message, expression).toContain(reason)
    }
  })

  it('lets nothing through but numbers, operators and Math, whatever it is given', () => {
    const pieces = fc.constantFrom(
      '1',
      '2.5',
      '+',
      '-',
      '*',
      '/',
      '%',
      '^',
      '(',
      ')',
      ',',
      'sqrt',
      'e',
      'x',
      '"',
      ';',
      'constructor',
      'this',
      '=>',
      '[',
      '\\',
      '\n',
      '//',
      '/*',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces, { maxLength: 20 }).map((all) => all.join(' ')),
        ),
        (expression) => {
          let script: string
          try {
            script = arithmeticToScript(expression)
          } catch {
            return
          }
          expect(script.replace(/Math\.[A-Za-z0-9]+/g, '').replace(/\d(?:\.?\d)*e[+-]?\d+/gi, '')).toMatch(
            /^[\d.eE+\-*/%(),\s]*$/,
          )
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
