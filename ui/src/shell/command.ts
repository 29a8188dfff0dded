/** One thing the palette can do. */
import type { IconName } from '../parts/icons.ts'

export interface Command {
  readonly id: string
  readonly label: string
  readonly icon: IconName
  readonly hint?: string
  readonly keywords?: readonly string[]
  readonly run: () => unknown
}

export interface CommandGroup {
  readonly heading: string
  readonly commands: readonly Command[]
}
