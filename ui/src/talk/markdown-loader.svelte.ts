/** Fetches the Markdown renderer once, and tells components when it is here. */
import { createContext } from 'svelte'

export class MarkdownLoader {
  render = $state.raw<((text: string) => string[]) | null>(null)

  constructor() {
    import('./markdown.ts').then(
      ({ renderBlocks }) => (this.render = renderBlocks),
      // Offline and not cached: plain text says the same.
      () => undefined,
    )
  }
}

export const [getMarkdown, setMarkdown] = createContext<MarkdownLoader>()
