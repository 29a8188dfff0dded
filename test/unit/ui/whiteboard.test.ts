import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import type { JsonValue } from '../../../sdk/index.ts'
import { nameProblem, parseJson, readable } from '../../../ui/src/whiteboard/json-text.ts'

describe('values of the whiteboard', () => {
  it('mean the same however they are laid out', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const parsed = parseJson(readable(value as JsonValue))
        expect(parsed).toEqual({ ok: true, value: JSON.parse(JSON.stringify(value)) as JsonValue })
      }),
    )
  })

  it('stand on one line while they are short', () => {
    expect(readable({ valid: false, by: ['Mail'] })).toBe('{ "valid": false, "by": [ "Mail" ] }')
    expect(readable({ text: 'x'.repeat(80) }).split('\n')).toHaveLength(3)
  })

  it('say on which line they stop making sense', () => {
    expect(parseJson('{\n"a": 1,\n}')).toMatchObject({
      ok: false,
      problem: expect.stringContaining('not JSON') as string,
    })
    expect(parseJson('')).toMatchObject({ ok: false, problem: expect.stringContaining('Write a value') as string })
  })

  it('have names as the kernel takes them', () => {
    expect([nameProblem('release-2', 'namespace'), nameProblem('keys/db.main', 'key')]).toEqual(['', ''])
    expect(nameProblem('two words', 'namespace')).not.toBe('')
    expect(nameProblem('a/b', 'namespace')).not.toBe('')
    expect(nameProblem('a//b', 'key')).not.toBe('')
  })
})
