/** A file that tells how much of it llama.cpp has read. */
import type { Progress } from '../../abi/index.ts'

export class MeteredBlob extends Blob {
  readonly #onProgress: (progress: Progress) => void
  readonly #start = performance.now()
  #done = 0

  constructor(bytes: Blob, onProgress: (progress: Progress) => void) {
    super([bytes])
    this.#onProgress = onProgress
  }

  override slice(start = 0, end = this.size, type?: string): Blob {
    // Parts are read again and out of order; how far it got is what a person wants to see.
    this.#done = Math.max(this.#done, Math.min(end, this.size))
    const seconds = (performance.now() - this.#start) / 1000
    const bytesPerSecond = seconds > 0 ? this.#done / seconds : 0
    this.#onProgress({
      phase: 'load',
      doneBytes: this.#done,
      totalBytes: this.size,
      bytesPerSecond,
      secondsLeft: bytesPerSecond > 0 ? (this.size - this.#done) / bytesPerSecond : null,
    })
    return super.slice(start, end, type)
  }
}
