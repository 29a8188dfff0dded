/** `run_javascript(code)`: a script in the sandbox, without network, files or timers. */
import { SANDBOX_MEMORY_BYTES, SANDBOX_TIMEOUT_MS } from '../../param.ts'
import type { Sandbox } from '../sandbox.ts'
import { textOf, type BuiltinTool } from '../tool.ts'

export function runJavascript(sandbox: () => Sandbox): BuiltinTool {
  return {
    where: 'sandbox',
    // The sandbox has limits of its own; a tab to run in is waited for, as answers wait for one.
    untimed: true,
    manifest: {
      name: 'run_javascript',
      description: 'Run JavaScript in a sandbox.',
      parameters: {
        type: 'object',
        properties: {
          code: { type: 'string', description: 'A script; the value of its last expression is the result.' },
        },
        required: ['code'],
        additionalProperties: false,
      },
      effects: 'none',
      idempotent: true,
      timeoutMs: 10_000,
    },
    async run(args, { signal }) {
      const { value, log } = await sandbox().run(
        { code: textOf(args, 'code'), timeoutMs: SANDBOX_TIMEOUT_MS, memoryBytes: SANDBOX_MEMORY_BYTES },
        signal,
      )
      return log.length === 0 ? value : { value, console: [...log] }
    },
  }
}
