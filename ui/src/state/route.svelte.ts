/** Which room is shown. The address's hash is the truth, so that every room can be linked to and the back button works. */

export const rooms = ['talk', 'agents', 'memory', 'models', 'settings'] as const
export type Room = (typeof rooms)[number]

export const roomNames: Record<Room, string> = {
  talk: 'Talk',
  agents: 'Agents',
  memory: 'Memory',
  models: 'Models',
  settings: 'Settings',
}

export class Route {
  room = $state<Room>('talk')
  /** What the room is about: in Talk an agent's id. */
  detail = $state<string | null>(null)
  readonly #listener = (): void => this.#read()

  constructor() {
    this.#read()
    addEventListener('hashchange', this.#listener)
  }

  go(room: Room, detail?: string): void {
    location.hash = hrefOf(room, detail)
  }

  #read(): void {
    const [room, detail] = location.hash.replace(/^#\/?/, '').split('/')
    this.room = rooms.find((known) => known === room) ?? 'talk'
    this.detail = detail ? decodeURIComponent(detail) : null
  }

  [Symbol.dispose](): void {
    removeEventListener('hashchange', this.#listener)
  }
}

export function hrefOf(room: Room, detail?: string): string {
  return detail === undefined ? `#/${room}` : `#/${room}/${encodeURIComponent(detail)}`
}
