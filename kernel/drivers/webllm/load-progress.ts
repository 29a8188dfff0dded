/**
 * Turns WebLLM's reports (a sentence and a share of one) and the bytes that were seen to arrive into Progress. Bytes never go
 * back, as a bar that does frightens people; the phases after the download tell their share in the note.
 */
import type { InitProgressReport } from '@mlc-ai/web-llm'
import type { Progress } from '../../abi/index.ts'
import { measure, progressOf, startMeter, type Meter } from '../../core/engines/progress.ts'
import type { FetchWatch } from './fetch-watch.ts'

export class LoadProgress {
  readonly #emit: (progress: Progress) => void
  readonly #fetches: FetchWatch
  #meter: Meter = startMeter(performance.now(), 0)
  #phase: Progress['phase'] = 'download'
  /** Bytes of weights that are complete. */
  #stored = 0

  constructor(emit: (progress: Progress) => void, fetches: FetchWatch) {
    this.#emit = emit
    this.#fetches = fetches
  }

  /** Some bytes have arrived. */
  arrived(): void {
    this.#tell()
  }

  /** WebLLM has reported. */
  report({ text, progress }: InitProgressReport): void {
    const share = Math.round(progress * 100)
    if (text.startsWith('Loading GPU shader')) {
      this.#phase = 'compile'
      this.#tell(`compiling shaders, ${share} %`)
    } else if (text.startsWith('Loading model from cache')) {
      this.#phase = 'load'
      this.#tell(`moving weights to the GPU, ${share} %`)
    } else if (text.startsWith('Fetching param cache')) {
      const { weightBytes } = this.#fetches
      if (weightBytes !== null) this.#stored = progress * weightBytes
      this.#tell(weightBytes === null ? `downloading, ${share} %` : undefined)
    } else if (text.startsWith('Start to fetch')) {
      this.#tell()
    }
  }

  #tell(note?: string): void {
    const { weightBytes, openBytes, receivedBytes } = this.#fetches
    const seen = weightBytes === null ? receivedBytes : Math.min(weightBytes, this.#stored + openBytes)
    const done = Math.max(seen, this.#meter.at(-1)?.doneBytes ?? 0)
    this.#meter = measure(this.#meter, performance.now(), done)
    const progress = progressOf(this.#meter, this.#phase, weightBytes === null ? null : Math.max(weightBytes, done))
    this.#emit(note === undefined ? progress : { ...progress, note })
  }
}
