/** How components reach the panel's state: `getPanel()` during their creation. */
import { createContext } from 'svelte'
import type { Panel } from './panel.svelte.ts'

export const [getPanel, setPanel] = createContext<Panel>()
