/** The sandbox where it really runs: QuickJS in a lent worker, in the browser. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HearthError } from '../../kernel/abi/index.ts'
import type { Lender } from '../../kernel/core/lending.ts'
import { SANDBOX_ATTEMPTS, SANDBOX_MEMORY_BYTES } from '../../kernel/core/param.ts'
import type { Sandbox, SandboxResult } from '../../kernel/core/tools/sandbox.ts'
import { createQuickjsSandbox } from '../../kernel/drivers/quickjs/sandbox.ts'
import { createTestLender, type TestLender } from '../fixtures/lender.ts'

let lender: TestLender
let sandbox: Sandbox

beforeEach(() => {
  lender = createTestLender()
  sandbox = createQuickjsSandbox(lender)
})
afterEach(async () => {
  await sandbox[Symbol.asyncDispose]()
  lender[Symbol.dispose]()
})

const never = new AbortController().signal

function run(
  code: string,
  options: { input?: SandboxResult['value']; timeoutMs?: number } = {},
): Promise<SandboxResult> {
  const { input = null, timeoutMs = 2_000 } = options
  return sandbox.run({ code, input, timeoutMs, memoryBytes: SANDBOX_MEMORY_BYTES }, never)
}
const valueOf = async (code: string): Promise<SandboxResult['value']> => (await run(code)).value

async function errorOf(work: Promise<unknown>): Promise<HearthError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(HearthError)
  return error as HearthError
}

describe('values', () => {
  it('returns what the script evaluates to, as plain data', async () => {
    expect(await valueOf('12 * 34')).toBe(408)
    expect(await valueOf('({ a: [1, "two", null, true], b: { c: undefined } })')).toEqual({
      a: [1, 'two', null, true],
      b: {},
    })
    expect(await valueOf('undefined')).toBe(null)
    expect(await valueOf('10n ** 20n')).toBe('100000000000000000000')
    expect(await valueOf('[NaN, -Infinity]')).toEqual(['NaN', '-Infinity'])
  })

  it('hands in plain data as input', async () => {
    const input = { rows: [{ price: 2 }, { price: 3 }], 'odd "key"': '\u2028 ü 😀' }
    const { value } = await run('({ sum: input.rows.reduce((sum, row) => sum + row.price, 0), same: input })', {
      input,
    })
    expect(value).toEqual({ sum: 5, same: input })
  })

  it('waits for a promise that settles by itself', async () => {
    expect(await valueOf('(async () => { await null; return await Promise.all([1, 2]) })()')).toEqual([1, 2])
    const error = await errorOf(run('new Promise(() => {})'))
    expect(error.code).toBe('tool-failed')
    expect(error.message).toContain('never settles')
  })

  it('collects what the script prints, within bounds', async () => {
    const { log } = await run('console.log("a", 1, { b: [2] }); console.error(new TypeError("no")); 0')
    expect(log).toEqual(['a 1 {"b":[2]}', 'TypeError: no'])
    const flood = await run('for (let i = 0; i < 5000; i++) console.log("x".repeat(5000)); 0')
    expect(flood.log.length).toBeLessThan(250)
    expect(flood.log.join('').length).toBeLessThan(500_000)
    expect(flood.log.at(-1)).toContain('cut')
  })
})

describe('errors', () => {
  it('reports an error of the script with its name and message', async () => {
    const error = await errorOf(run('null.x'))
    expect(error.code).toBe('tool-failed')
    expect(error.message).toContain('TypeError')
    expect((await errorOf(run('throw "just text"'))).message).toContain('just text')
    expect((await errorOf(run('throw null'))).code).toMatch(/tool-failed|over-limit/)
    expect((await errorOf(run('(function f() { f() })()'))).code).toBe('tool-failed')
    expect((await errorOf(run('1 +'))).message).toContain('SyntaxError')
    expect((await errorOf(run('Promise.reject(new RangeError("later"))'))).message).toContain('RangeError: later')
    expect(lender.leases.length).toBe(1)
    expect((await errorOf(run('JSON.parse("[".repeat(1e5))'))).message).toMatch(/deep|overflow/)
    expect(await valueOf('6 + 6')).toBe(12)
  })

  it('refuses a result too long to be read', async () => {
    expect((await errorOf(run('"x".repeat(1e6)'))).code).toBe('tool-failed')
    const cyclic = await errorOf(run('const a = {}; a.a = a; a'))
    expect(cyclic.message).toContain('circular')
  })
})

describe('limits', () => {
  it('stops an endless loop at its deadline and uses another worker afterwards', async () => {
    const began = performance.now()
    expect((await errorOf(run('for (;;) {}', { timeoutMs: 200 }))).code).toBe('timeout')
    expect(performance.now() - began).toBeLessThan(10_000)
    expect(lender.leases[0]?.killed).toBe(true)
    expect(await valueOf('1 + 1')).toBe(2)
    expect(lender.leases.length).toBe(2)
  })

  it('stops a loop that catches everything', async () => {
    expect((await errorOf(run('for (;;) { try { for (;;) {} } catch {} }', { timeoutMs: 200 }))).code).toBe('timeout')
    expect((await errorOf(run('({ toJSON() { for (;;) {} } })', { timeoutMs: 200 }))).code).toBe('timeout')
    expect(
      (
        await errorOf(
          run('Promise.resolve().then(function f() { return Promise.resolve().then(f) })', { timeoutMs: 200 }),
        )
      ).code,
    ).toBe('timeout')
  })

  it('terminates the worker of a native loop, which no interrupt reaches', async () => {
    const error = await errorOf(run(`'a'.repeat(4e6).indexOf('a'.repeat(2e6) + 'b')`, { timeoutMs: 200 }))
    expect(error.code).toBe('timeout')
    expect(lender.leases[0]?.killed).toBe(true)
    expect(await valueOf('2 + 2')).toBe(4)
  })

  it('stops a script that eats memory', async () => {
    const error = await errorOf(run('const all = []; for (;;) all.push({ a: 1 })', { timeoutMs: 20_000 }))
    expect(error.code).toBe('over-limit')
    expect(await valueOf('3 + 3')).toBe(6)
    expect((await errorOf(run('"x".repeat(2 ** 29)'))).code).toMatch(/over-limit|tool-failed/)
    expect(await valueOf('4 + 4')).toBe(8)
  })

  it('stops when the caller gives up', async () => {
    const caller = new AbortController()
    const reason = new HearthError('cancelled', 'enough', { by: 'user' })
    const request = { code: 'for (;;) {}', timeoutMs: 60_000, memoryBytes: SANDBOX_MEMORY_BYTES }
    const work = sandbox.run(request, caller.signal)
    // The worker is borrowed at once; aborting then is mid-start or mid-script, and both must end it.
    caller.abort(reason)
    expect(await errorOf(work)).toBe(reason)
    expect(await valueOf('5 + 5')).toBe(10)
  })
})

describe('isolation', () => {
  it('shows a script nothing but the language', async () => {
    const globals = (await valueOf(
      `Object.getOwnPropertyNames((0, (() => {}).constructor('return this')()))`,
    )) as string[]
    for (const name of [
      'fetch',
      'XMLHttpRequest',
      'WebSocket',
      'importScripts',
      'indexedDB',
      'navigator',
      'setTimeout',
      'postMessage',
      'self',
      'process',
      'require',
      'WebAssembly',
      'std',
      'os',
    ]) {
      expect(globals).not.toContain(name)
    }
    expect(globals).toContain('input')
    expect(await valueOf(`console.log.constructor.constructor('return typeof fetch + typeof postMessage')()`)).toBe(
      'undefinedundefined',
    )
    expect((await errorOf(run('import("data:text/javascript,1")'))).code).toBe('tool-failed')
  })

  it('lets nothing of one script reach the next', async () => {
    await run(
      'Object.prototype.stolen = 1; Array.prototype.map = () => "mine"; globalThis.left = 2; JSON.stringify = () => "\\"forged\\""; 0',
    )
    expect(await valueOf('[({}).stolen, [1].map((x) => x + 1), typeof left, JSON.stringify([1])]')).toEqual([
      null,
      [2],
      'undefined',
      '[1]',
    ])
    expect(({} as Record<string, unknown>)['stolen']).toBeUndefined()
    expect(lender.leases.length).toBe(1)
  })

  it('gives the host no prototype to poison', async () => {
    const value = await valueOf('JSON.parse(\'{"__proto__": {"polluted": true}, "constructor": 1}\')')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(Object.keys(value as object)).toContain('constructor')
  })
})

describe('workers', () => {
  it('runs a script again when the tab that lends its worker closes', async () => {
    await run('0')
    const work = run('let n = 0; for (let i = 0; i < 3e6; i++) n += i; n', { timeoutMs: 30_000 })
    lender.leases[0]?.closeTab()
    expect((await work).value).toBe(4499998500000)
    expect(lender.leases.length).toBe(2)
  })

  it('runs a script again as often as tabs close in a row', async () => {
    const work = run('let n = 0; for (let i = 0; i < 3e6; i++) n += i; n', { timeoutMs: 30_000 })
    for (const lost of [0, 1, 2]) {
      await expect.poll(() => lender.leases.length, { timeout: 10_000 }).toBe(lost + 1)
      lender.leases[lost]?.closeTab()
    }
    expect((await work).value).toBe(4499998500000)
    expect(lender.leases.length).toBe(4)
  })

  it('gives up a script that brings its worker down each time', async () => {
    const doomed: Lender = {
      async borrow(kind, signal) {
        const lease = await lender.borrow(kind, signal)
        lender.leases.at(-1)?.closeTab()
        return lease
      },
    }
    await using broken = createQuickjsSandbox(doomed)
    const request = { code: '0', timeoutMs: 2_000, memoryBytes: SANDBOX_MEMORY_BYTES }
    const error = await errorOf(broken.run(request, never))
    expect(error.code).toBe('tool-failed')
    expect(lender.leases.length).toBe(SANDBOX_ATTEMPTS)
  })

  it('runs scripts side by side, at most as many as there are workers', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) => run(`${index} * 2`)))
    expect(results.map(({ value }) => value)).toEqual(Array.from({ length: 20 }, (_, index) => index * 2))
    expect(lender.leases.length).toBeLessThanOrEqual(2)
  })

  it('does not grow over a thousand scripts', async () => {
    const began = performance.now()
    for (let index = 0; index < 1_000; index += 1) {
      // Each takes two thirds of the module's memory; what leaked would make the second fail.
      const code = index % 100 === 0 ? 'new Array(2e6).fill(0).length' : `${index} + 1`
      expect(await valueOf(code)).toBe(index % 100 === 0 ? 2e6 : index + 1)
    }
    expect(lender.leases.length).toBe(1)
    console.info(`1,000 scripts: ${((performance.now() - began) / 1000).toFixed(2)} ms each`)
  })
})
