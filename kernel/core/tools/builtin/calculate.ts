/** `calculate(expression)`: arithmetic, done by the sandbox after a check of its grammar, which boot does not load. */
import { HearthError } from '../../../abi/index.ts'
import { SANDBOX_MEMORY_BYTES, SANDBOX_TIMEOUT_MS } from '../../param.ts'
import type { Sandbox } from '../sandbox.ts'
import { textOf, type BuiltinTool } from '../tool.ts'

/** Digits a result keeps: two fewer than a double has, so that 0.1 + 0.2 is 0.3. */
const DIGITS = 14

export function calculate(sandbox: () => Sandbox): BuiltinTool {
  return {
    where: 'sandbox',
    // The sandbox has limits of its own; a tab to run in is waited for, as answers wait for one.
    untimed: true,
    manifest: {
      name: 'calculate',
      description: 'Evaluate an arithmetic expression.',
      parameters: {
        type: 'object',
        properties: { expression: { type: 'string', description: 'Such as 12 * (3 + 4) ^ 2 or sqrt(2).' } },
        required: ['expression'],
        additionalProperties: false,
      },
      effects: 'none',
      idempotent: true,
      timeoutMs: 10_000,
    },
    async run(args, { signal }) {
      const { arithmeticToScript } = await import('./arithmetic.ts')
      const expression = textOf(args, 'expression')
      // A result that is not finite does not survive JSON, so the script says it as text.
      const code = `(value => Number.isFinite(value) ? value : String(value))(${arithmeticToScript(expression)})`
      const { value } = await sandbox().run(
        { code, timeoutMs: SANDBOX_TIMEOUT_MS, memoryBytes: SANDBOX_MEMORY_BYTES },
        signal,
      )
      if (typeof value === 'number') return Number(value.toPrecision(DIGITS))
      const reason = typeof value === 'string' ? value : 'nothing'
      const message = `The result of ${expression} is not a number: ${reason}.`
      throw new HearthError('tool-failed', message, { tool: 'calculate', reason })
    },
  }
}
