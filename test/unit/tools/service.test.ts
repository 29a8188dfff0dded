import { describe, expect, it, vi } from 'vitest'
import { HearthError, type JsonSchema, type JsonValue, type ToolInvocation } from '../../../kernel/abi/index.ts'
import type { Caller } from '../../../kernel/core/call.ts'
import { createManualClock } from '../../../kernel/drivers/memory/clock.ts'
import { app, errorOf, gate, live, type Life } from '../agents/harness.ts'

const life = (options: Partial<Parameters<typeof live>[0]> = {}): Promise<Life> =>
  live({ script: () => ['x'], ...options })
const parameters = {
  type: 'object',
  properties: { n: { type: 'integer', minimum: 1 }, tags: { type: 'array', items: { type: 'string' } } },
  required: ['n'],
  additionalProperties: false,
}
const manifest = {
  name: 'order',
  description: 'Orders.',
  parameters,
  effects: 'external',
  idempotent: false,
  timeoutMs: 1_000,
} as const

describe('built-in tools', () => {
  it('calculate, in the shapes small models were taught', async () => {
    await using kernel = await life()
    const calculate = async (expression: string) =>
      (await kernel.call('tool.call', { name: 'calculate', arguments: { expression } })).value
    expect(await calculate('12 * 34')).toBe(408)
    expect(await calculate('0.1 + 0.2')).toBe(0.3)
    expect(await calculate('1 / 3')).toBe(0.33333333333333)
    const error = await errorOf(calculate('1 / 0'))
    expect([error.code, error.message]).toEqual(['tool-failed', 'The result of 1 / 0 is not a number: Infinity.'])
  })

  it.each([
    ['calculate', { expression: '12 * 34' }],
    ['run_javascript', { code: '12 * 34' }],
  ])('wait for a tab to run %s in, as answers do for one to be written in', async (name, args) => {
    const clock = createManualClock()
    const [wanted, opened] = [gate(), gate()]
    const tab = (): Promise<void> => {
      wanted.open()
      return opened.pass
    }
    await using kernel = await life({ clock, tab })
    const result = kernel.call('tool.call', { name, arguments: args })
    await wanted.pass
    clock.advance(3_600_000)
    opened.open()
    expect((await result).value).toBe(408)
  })

  it('run JavaScript and give back what it printed', async () => {
    await using kernel = await life()
    const run = async (code: string) =>
      (await kernel.call('tool.call', { name: 'run_javascript', arguments: { code } })).value
    expect(await run('[1, 2, 3].map((x) => x * 2)')).toEqual([2, 4, 6])
    expect(await run('console.log("hi"); 7')).toEqual({ value: 7, console: ['hi'] })
    expect((await errorOf(run('throw new Error("mine")'))).message).toContain('mine')
  })

  it('remember facts for every agent', async () => {
    await using kernel = await life()
    const call = async (agent: string, name: string, args: Record<string, string>) => {
      const caller = { principal: { kind: 'agent', id: agent, run: 'r' }, session: null, name: agent } as const
      return (await kernel.call('tool.call', { name, arguments: args }, { caller })).value
    }
    expect(await call('ada', 'recall', { query: 'dog' })).toBe('nothing found')
    expect(await call('ada', 'remember', { fact: 'my dog is Rosa' })).toBe('saved')
    expect(await call('ada', 'remember', { fact: 'my dog is Rosa' })).toBe('saved')
    expect(await call('ada', 'recall', { query: 'dog' })).toBe('my dog is Rosa')
    expect(await call('bob', 'recall', { query: 'dog' })).toBe('my dog is Rosa')
    expect((await kernel.call('memory.list', { limit: 10 })).memories.length).toBe(1)
    await call('ada', 'remember', { fact: 'my other dog is Max' })
    const both = await call('ada', 'recall', { query: 'dog' })
    expect(new Set(both as string[])).toEqual(new Set(['my dog is Rosa', 'my other dog is Max']))
  })

  it('tell the time and the date, each as short as a small model can copy', async () => {
    await using kernel = await life()
    const ask = (name: string) => kernel.call('tool.call', { name, arguments: {} })
    expect((await ask('current_time')).value).toMatch(/^\d\d:\d\d$/)
    expect(await ask('current_date')).toMatchObject({
      where: 'kernel',
      value: expect.stringMatching(/^[A-Z]\w+day \d{4}-\d\d-\d\d, \S+$/) as string,
    })
  })
})

describe('arguments', () => {
  it('are checked before anything runs', async () => {
    await using kernel = await life()
    let ran = 0
    kernel.offer('order', () => (ran += 1))
    const wrong = [{}, { expression: 5 }, { expression: '1', extra: 1 }, null, 'text', [1]]
    for (const args of wrong) {
      const error = await errorOf(kernel.call('tool.call', { name: 'calculate', arguments: args }))
      expect(error.code).toBe('bad-request')
      expect((error as HearthError<'bad-request'>).data.issues.length).toBeGreaterThan(0)
    }
    expect((await errorOf(kernel.call('tool.call', { name: 'order', arguments: 'no object' }))).code).toBe(
      'bad-request',
    )
    expect(ran).toBe(0)
  })

  it('name the field that does not fit', async () => {
    await using kernel = await life()
    void kernel.call('tool.register', manifest).catch(() => {})
    const error = await errorOf(kernel.call('tool.call', { name: 'order', arguments: { n: 0, tags: ['a', 1] } }))
    expect(error.message).toContain('n:')
    expect(error.message).toContain('tags/1:')
  })

  it('refuse a schema that cannot be used', async () => {
    await using kernel = await life()
    for (const bad of [{}, { type: 'string' }, { type: 'object', $ref: '#/nowhere' }]) {
      const error = await errorOf(kernel.call('tool.register', { ...manifest, parameters: bad }))
      expect(error.code).toBe('bad-request')
    }
  })
})

describe('page tools', () => {
  it('run in the page, and are listed while it offers them', async () => {
    await using kernel = await life()
    const page = new AbortController()
    const seen: ToolInvocation[] = []
    const offering = kernel.call('tool.register', manifest, {
      caller: app('s1'),
      signal: page.signal,
      onEvent(event) {
        seen.push(event)
        void kernel.call(
          'tool.settle',
          { invocation: event.invocation, ok: true, value: { done: true } },
          { caller: app('s1') },
        )
      },
    })
    expect((await kernel.call('tool.list', {})).tools.map(({ name }) => name)).toContain('order')
    expect(kernel.tools.find('order')?.from).toEqual({ kind: 'page', name: 'Shop s1', session: 's1' })
    const outcome = await kernel.call('tool.call', { name: 'order', arguments: { n: 2 } })
    expect(outcome).toMatchObject({ ok: true, value: { done: true }, where: 'page: Shop s1' })
    expect(seen).toMatchObject([{ type: 'invoke', arguments: { n: 2 }, agent: null }])
    page.abort(new HearthError('cancelled', 'withdrawn', { by: 'caller' }))
    expect((await errorOf(offering)).code).toBe('cancelled')
    expect((await errorOf(kernel.call('tool.call', { name: 'order', arguments: { n: 2 } }))).code).toBe('not-found')
  })

  it('fail with tool-gone when their tab closes in the middle', async () => {
    await using kernel = await life()
    const page = new AbortController()
    let invoked = (): void => {}
    const running = new Promise<void>((resolve) => (invoked = resolve))
    const offering = kernel.call('tool.register', manifest, { signal: page.signal, onEvent: () => invoked() })
    const call = kernel.call('tool.call', { name: 'order', arguments: { n: 1 } })
    await running
    page.abort(new HearthError('cancelled', 'closed', { by: 'tab' }))
    expect((await errorOf(call)).code).toBe('tool-gone')
    await errorOf(offering)
  })

  it('are told to stop when their time is over or the caller gives up', async () => {
    const clock = createManualClock()
    await using kernel = await life({ clock })
    const events: ToolInvocation[] = []
    void kernel.call('tool.register', manifest, { onEvent: (event) => events.push(event) }).catch(() => {})
    const slow = errorOf(kernel.call('tool.call', { name: 'order', arguments: { n: 1 } }))
    await vi.waitFor(() => expect(events).toHaveLength(1))
    clock.advance(1_001)
    expect((await slow).code).toBe('timeout')
    const caller = new AbortController()
    const cancelled = errorOf(
      kernel.call('tool.call', { name: 'order', arguments: { n: 1 } }, { signal: caller.signal }),
    )
    await vi.waitFor(() => expect(events).toHaveLength(3))
    caller.abort(new HearthError('cancelled', 'enough', { by: 'caller' }))
    expect((await cancelled).code).toBe('cancelled')
    expect(events.map(({ type }) => type)).toEqual(['invoke', 'abort', 'invoke', 'abort'])
    expect(clock.sleepers).toBe(0)
    const late = { invocation: events[0]?.invocation ?? '', ok: true, value: 1 } as const
    expect(await kernel.call('tool.settle', late)).toEqual({})
  })

  it('cannot be answered by another session', async () => {
    await using kernel = await life()
    let heard = (_invocation: string): void => {}
    const invoked = new Promise<string>((resolve) => (heard = resolve))
    void kernel
      .call('tool.register', manifest, { caller: app('s1'), onEvent: ({ invocation }) => heard(invocation) })
      .catch(() => {})
    const call = kernel.call('tool.call', { name: 'order', arguments: { n: 1 } })
    const invocation = await invoked
    await kernel.call('tool.settle', { invocation, ok: true, value: 'forged' }, { caller: app('s2') })
    await kernel.call('tool.settle', { invocation, ok: false, message: 'sold out' }, { caller: app('s1') })
    const error = await errorOf(call)
    expect([error.code, error.message]).toEqual(['tool-failed', 'sold out'])
  })

  it('of two tabs with the same name are served by the newest, then by the other', async () => {
    await using kernel = await life()
    const first = new AbortController()
    const second = new AbortController()
    kernel.offer('order', () => 'first', { signal: first.signal })
    kernel.offer('order', () => 'second', { signal: second.signal })
    const order = async () => (await kernel.call('tool.call', { name: 'order', arguments: {} })).value
    expect(await order()).toBe('second')
    second.abort(new HearthError('cancelled', 'closed', { by: 'tab' }))
    expect(await order()).toBe('first')
  })

  it('cannot take the name of a built-in one', async () => {
    await using kernel = await life()
    expect((await errorOf(kernel.call('tool.register', { ...manifest, name: 'calculate' }))).code).toBe('conflict')
  })

  it('reach a model only as far as it can read, and a person whole', async () => {
    await using kernel = await life()
    kernel.offer('order', () => 'x'.repeat(20_000))
    const ask = (caller: Caller) => kernel.call('tool.call', { name: 'order', arguments: {} }, { caller })
    const agent = { principal: { kind: 'agent', id: 'a', run: 'r' }, session: null, name: 'Ada' } as const
    const cut = JSON.stringify((await ask(agent)).value)
    expect(cut.length).toBeLessThan(8_100)
    expect(cut).toContain('[cut: the first 8000 of 20000 characters]')
  })
})

describe('a schema that could take long', () => {
  const offerWith = async (parameters: JsonSchema) => {
    const kernel = await life()
    const offering = kernel.call('tool.register', { ...manifest, parameters })
    const refused = errorOf(offering)
    const issues = async (args: JsonValue): Promise<string[]> => {
      const error = await errorOf(kernel.call('tool.call', { name: 'order', arguments: args }))
      return HearthError.is(error, 'bad-request') ? error.data.issues.map(({ message }) => message) : []
    }
    return { kernel, refused, issues, [Symbol.asyncDispose]: () => kernel[Symbol.asyncDispose]() }
  }
  const TOO_MUCH = ['They are too long or too involved to be checked.']

  it('is checked as it is written', async () => {
    const properties = {
      code: { type: 'string', pattern: '^[A-Z]{2}\\d+$' },
      mail: { type: 'string', format: 'email', pattern: 'example' },
      tags: { type: 'array', uniqueItems: true },
      pattern: { enum: [{ pattern: '(' }] },
    }
    await using offer = await offerWith({
      type: 'object',
      properties,
      patternProperties: { '^x-': { type: 'number' } },
    })
    expect(await offer.issues({ code: 'DE1x' })).toEqual(['String does not match pattern "^[A-Z]{2}\\d+$".'])
    expect((await offer.issues({ mail: 'example' })).join()).toContain('email')
    expect((await offer.issues({ mail: 'me@elsewhere.org' })).join()).toContain('pattern "example"')
    expect((await offer.issues({ tags: [1, 1] })).length).toBeGreaterThan(0)
    expect((await offer.issues({ 'x-a': 'text' })).length).toBeGreaterThan(0)
    expect((await offer.issues({ pattern: 'x' })).length).toBeGreaterThan(0)
  })

  it('holds nobody up, whatever a model makes up for it', async () => {
    const nested = (depth: number): JsonValue => (depth === 0 ? 1 : { left: nested(depth - 1), right: 1 })
    const tree = { properties: { left: { $ref: '#/$defs/tree' }, right: { $ref: '#/$defs/tree' } } }
    await using offer = await offerWith({
      type: 'object',
      properties: {
        evil: { type: 'string', pattern: '^(a+)+$' },
        tree: { $ref: '#/$defs/tree' },
        url: { type: 'string', format: 'url' },
        list: { type: 'array', uniqueItems: true },
      },
      patternProperties: { 'x.*y': {} },
      $defs: { tree: { anyOf: [tree, tree, tree, tree] } },
    })
    expect(await offer.issues({ evil: `${'a'.repeat(5_000)}!` })).toEqual(['String does not match pattern "^(a+)+$".'])
    expect(await offer.issues({ evil: `${'a'.repeat(199_998)}!` })).toEqual(TOO_MUCH)
    expect(await offer.issues({ tree: nested(40) })).toEqual(TOO_MUCH)
    expect(await offer.issues({ list: Array.from({ length: 5_000 }, (_each, at) => at) })).toEqual(TOO_MUCH)
    expect(await offer.issues({ ['x'.repeat(100_000)]: 1 })).toEqual(TOO_MUCH)
    expect(await offer.issues({ url: `http://${'a'.repeat(5_000)}` })).toEqual([])
  })

  it('is refused, and no longer on offer, when it cannot be used', async () => {
    for (const [pattern, reason] of [
      ['(', 'Unterminated group'],
      ['(a)\\1', 'goes back'],
    ] as const) {
      await using offer = await offerWith({ type: 'object', properties: { n: { pattern } } })
      const error = await offer.refused
      expect([error.code, error.message]).toEqual(['bad-request', expect.stringContaining(reason)])
      expect((await offer.kernel.call('tool.list', {})).tools.map(({ name }) => name)).not.toContain('order')
    }
  })
})
