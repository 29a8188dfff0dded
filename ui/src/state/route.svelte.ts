/** Which room is shown. The address's hash is the truth, so that every room can be linked to and the back button works. */
import { addressOf } from './address.ts'

/** Those in the rail. The whiteboard has addresses of its own and is entered through Memory. */
export const rooms = ['talk', 'agents', 'memory', 'files', 'models', 'settings'] as const
const known = [...rooms, 'whiteboard'] as const
export type Room = (typeof known)[number]

export const roomNames: Record<Room, string> = {
  talk: 'Talk',
  agents: 'Agents',
  memory: 'Memory',
  whiteboard: 'Whiteboard',
  files: 'Files',
  models: 'Models',
  settings: 'Settings',
}

export class Route {
  room = $state<Room>('talk')
  /**
   * What the room is about: in Talk an agent's id; in Agents an agent's id, or `activity`; in Memory a memory's id, or one of
   * its other pages; on the whiteboard a namespace; in Files an agent's id.
   */
  detail = $state<string | null>(null)
  /** Which page about it: in Agents `window`; on the whiteboard a key; in Files a path. */
  view = $state<string | null>(null)
  readonly #listener = (): void => this.#read()

  constructor() {
    this.#read()
    addEventListener('hashchange', this.#listener)
  }

  go(room: Room, detail?: string, view?: string): void {
    location.hash = hrefOf(room, detail, view)
  }

  #read(): void {
    const { room, detail, view } = addressOf(location.hash)
    this.room = known.find((one) => one === room) ?? 'talk'
    this.detail = detail
    this.view = view
  }

  [Symbol.dispose](): void {
    removeEventListener('hashchange', this.#listener)
  }
}

export function hrefOf(room: Room, ...rest: (string | undefined)[]): string {
  const named = rest.filter((part) => part !== undefined)
  return ['#', room, ...named.map((part) => encodeURIComponent(part))].join('/')
}
