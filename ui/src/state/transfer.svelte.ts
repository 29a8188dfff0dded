/** One file on its way into a space: how far it is, and why it failed. Transfers moves it. */
export class Transfer {
  done = $state(0)
  state = $state<'waits' | 'moves' | 'done' | 'failed'>('waits')
  failure = $state('')
  code = $state('')
  life = new AbortController()
  readonly id: number
  readonly space: string
  readonly path: string
  readonly file: File
  /** When its first byte was sent. */
  #begun = 0

  constructor(id: number, space: string, path: string, file: File) {
    this.id = id
    this.space = space
    this.path = path
    this.file = file
  }

  get name(): string {
    return this.path.slice(this.path.lastIndexOf('/') + 1)
  }

  get total(): number {
    return this.file.size
  }

  get share(): number {
    return this.total === 0 ? 1 : this.done / this.total
  }

  /** Bytes per second since it began to move. */
  get rate(): number {
    return (this.done / Math.max(1, performance.now() - this.#begun)) * 1000
  }

  begin(): void {
    this.#begun = performance.now()
    this.state = 'moves'
  }

  fail(code: string, failure: string): void {
    this.state = 'failed'
    this.code = code
    this.failure = failure
  }

  /** As if it had just been added. */
  again(): void {
    this.life = new AbortController()
    this.done = 0
    this.state = 'waits'
  }
}
