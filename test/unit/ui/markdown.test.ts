import { describe, expect, it } from 'vitest'
import { renderBlocks } from '../../../ui/src/talk/markdown.ts'

const render = (text: string): string => renderBlocks(text).join('')

describe('Markdown from a model', () => {
  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    'a <b onclick="x">b</b>',
    '```"><script>x</script>\ncode\n```',
  ])('keeps raw HTML as text: %s', (text) => {
    expect(render(text)).not.toMatch(/<(?:script|img|b)\b/)
  })

  it.each([
    '[x](javascript:alert(1))',
    '[x](data:text/html,hi)',
    '[x](vbscript:x)',
    '[x](file:///etc/passwd)',
    '[x](/local)',
  ])('makes no link of %s', (text) => {
    expect(render(text)).not.toContain('<a ')
  })

  it('never fetches an image: it becomes a link that says so', () => {
    const html = render('![a "chart"](https://example.com/x.png?secret)')
    expect(html).not.toContain('<img')
    expect(html).toContain('href="https://example.com/x.png?secret"')
    expect(html).toContain('Image: a &quot;chart&quot;')
  })

  it('marks links as leading away', () => {
    expect(render('see https://example.com/a')).toMatch(
      /<a href="https:\/\/example.com\/a"[^>]*rel="noopener noreferrer nofollow">/,
    )
  })

  it('leaves a sum as it was written', () => {
    expect(render('12 * 34 = 408. 2 * 3')).toBe('<p>12 * 34 = 408. 2 * 3</p>\n')
  })

  it('changes no finished block while the last one is being written', () => {
    const before = renderBlocks('# One\n\nTwo **bold**\n\n- a\n- b\n\nThr')
    const after = renderBlocks('# One\n\nTwo **bold**\n\n- a\n- b\n\nThree is `longer`')
    expect(after.slice(0, -1)).toEqual(before.slice(0, -1))
    expect(after).toHaveLength(4)
  })
})
