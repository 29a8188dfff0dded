/** A window as the parts a bar is drawn of, and why a page or a memory is where it is, in words. Pure. */
import type { ContextMemory, ContextPage, ContextWindow } from '../../../sdk/index.ts'

export interface Part {
  readonly key:
    | 'instructions'
    | 'tools'
    | 'standing'
    | 'blocks'
    | 'pinned'
    | 'recalled'
    | 'experience'
    | 'recent'
    | 'free'
    | 'answer'
  readonly label: string
  readonly about: string
  readonly tokens: number
  readonly colour: string
}

/** In the order in which the model reads them; without a limit nothing is known to be free. */
export function partsOf(window: ContextWindow, pages: readonly ContextPage[]): Part[] {
  const sum = (test: (page: ContextPage) => boolean): number =>
    pages.filter((page) => page.state === 'in' && test(page)).reduce((total, { tokens }) => total + tokens, 0)
  const pinned = sum((page) => page.pinned)
  const recalled = sum((page) => !page.pinned && page.why === 'recalled')
  const recent = sum((page) => !page.pinned && page.why !== 'recalled')
  const { instructions, tools, standing, blocks, experience } = window
  const used = instructions + tools + standing + blocks + experience + pinned + recalled + recent
  const free = window.limit === null ? 0 : Math.max(0, window.limit - used - window.answer)
  return [
    {
      ...{ key: 'instructions', label: 'Instructions', about: 'Who it is and how it should work' },
      ...{ tokens: instructions, colour: 'var(--part-instructions)' },
    },
    {
      ...{ key: 'tools', label: 'Tools', about: 'What it may use, and how' },
      ...{ tokens: tools, colour: 'var(--part-tools)' },
    },
    {
      ...{ key: 'standing', label: 'What you said that holds', about: 'Until you say otherwise' },
      ...{ tokens: standing, colour: 'var(--part-instructions)' },
    },
    {
      ...{ key: 'blocks', label: 'Notes', about: 'Always before its eyes' },
      ...{ tokens: blocks, colour: 'var(--ember-fill)' },
    },
    {
      ...{ key: 'pinned', label: 'Pinned', about: 'Never leaves' },
      ...{ tokens: pinned, colour: 'var(--ember-fill)' },
    },
    {
      ...{ key: 'recalled', label: 'Brought back', about: 'Was out, and is needed again' },
      ...{ tokens: recalled, colour: 'var(--part-recalled)' },
    },
    {
      ...{ key: 'experience', label: 'Experience', about: 'From earlier work like this' },
      ...{ tokens: experience, colour: 'var(--part-recalled)' },
    },
    {
      ...{ key: 'recent', label: 'Recent', about: 'The latest of the conversation' },
      ...{ tokens: recent, colour: 'var(--class-normal)' },
    },
    {
      ...{ key: 'free', label: 'Free', about: 'Room for more conversation' },
      ...{ tokens: free, colour: 'var(--sunk)' },
    },
    {
      ...{ key: 'answer', label: 'Kept for the answer', about: 'So that an answer always has room' },
      ...{ tokens: window.answer, colour: 'var(--edge)' },
    },
  ]
}

/** Why a page is where it is. */
export function whyOf({ why, state, pinned, faults }: ContextPage): string {
  if (pinned) return 'You pinned it: it never leaves.'
  const again = faults > 1 ? ` Came back ${faults} times.` : ''
  switch (why) {
    case 'recent':
      return state === 'in' ? 'It is recent.' : 'It will be read again with the next answer.'
    case 'pinned':
      return 'It was pinned.'
    case 'recalled':
      return `What you said needed it again.${again}`
    case 'evicted':
      return 'Put out, to make room or by you.'
    case 'too-long':
      return 'Too long for this model to read beside the rest.'
  }
}

/** Why a memory is in the window. */
export function whyShown({ kind, cut, trust }: ContextMemory): string {
  const why = kind === 'block' ? 'A note of its own: it never leaves.' : 'What you asked is like work it did before.'
  const part = cut ? ' Only its beginning fits.' : ''
  return `${why}${part}${trust === 'untrusted' ? ' Shown as data, not as an order.' : ''}`
}
