/**
 * Markdown to HTML that is safe to show: raw HTML stays text, links go only to the web or to mail and say that they lead
 * away, images become links because fetching one could carry the conversation to its server. Loaded when first needed.
 */
import MarkdownIt from 'markdown-it'

type Token = ReturnType<InstanceType<typeof MarkdownIt>['parse']>[number]
type RenderRules = Record<string, (tokens: Token[], index: number) => string>

const allowed = /^(?:https?:|mailto:)/i
const md = new MarkdownIt('default', { html: false, linkify: true, breaks: true })
md.linkify.set({ fuzzyLink: false, fuzzyEmail: false })
md.validateLink = (url) => allowed.test(url.trim())

const { escapeHtml } = md.utils

const open = (url: string): string =>
  `<a href="${escapeHtml(url)}" title="${escapeHtml(url)}" target="_blank" rel="noopener noreferrer nofollow">`
const close = '<span class="sr-only"> (opens a new tab)</span></a>'

const code = (text: string, language: string): string =>
  `<div class="code"><div><span>${escapeHtml(language)}</span><button type="button" data-copy>Copy</button></div>` +
  `<pre tabindex="0"><code>${escapeHtml(text)}</code></pre></div>`

const attribute = (token: Token | undefined, name: string): string => String(token?.attrGet(name) ?? '')

const rules: RenderRules = {
  link_open: (tokens, index) => open(attribute(tokens[index], 'href')),
  link_close: () => close,
  image(tokens, index) {
    const token = tokens[index]
    const url = attribute(token, 'src')
    const words = escapeHtml(token?.content ? `Image: ${token.content}` : 'Image')
    return allowed.test(url) ? open(url) + words + close : words
  },
  fence(tokens, index) {
    const token = tokens[index]
    return code(token?.content ?? '', token?.info.trim().split(/\s+/)[0] ?? '')
  },
  code_block: (tokens, index) => code(tokens[index]?.content ?? '', ''),
  table_open: () => '<div class="table" tabindex="0"><table>',
  table_close: () => '</table></div>',
}
Object.assign(md.renderer.rules, rules)

/** One string of HTML for each top-level block, so that what is finished is not drawn again while the rest is written. */
export function renderBlocks(text: string): string[] {
  const env = {}
  const tokens = md.parse(text, env)
  const blocks: string[] = []
  let start = 0
  let depth = 0
  for (const [index, { nesting }] of tokens.entries()) {
    depth += nesting
    if (depth > 0) continue
    blocks.push(md.renderer.render(tokens.slice(start, index + 1), md.options, env))
    start = index + 1
  }
  return blocks
}
