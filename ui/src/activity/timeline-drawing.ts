/** Keeps the timeline's canvas up to date: draws when something changed or time moved by a pixel, once a frame at most. */
import { paint, type Palette } from './paint.ts'
import { paletteOf } from './palette.ts'
import { endOf, startOf } from './time-span.ts'
import type { TimelineView } from './timeline-view.svelte.ts'

export class TimelineDrawing {
  readonly #view: TimelineView
  #stale = true
  #palette: Palette | null = null

  constructor(view: TimelineView) {
    this.#view = view
  }

  /** What is drawn has changed. */
  invalidate(): void {
    this.#stale = true
  }

  /** The colours have changed. */
  recolour(): void {
    this.#palette = null
    this.#stale = true
  }

  /** Draws on a canvas until the returned function is called. */
  attach(canvas: HTMLCanvasElement): () => void {
    const pen = canvas.getContext('2d')
    if (!pen) return () => undefined
    const view = this.#view
    let frame = 0
    let drawnAt = -Infinity
    const recolour = (): void => this.recolour()
    const size = new ResizeObserver(([entry]) => {
      if (!entry) return
      const { width, height } = entry.contentRect
      const scale = devicePixelRatio || 1
      view.width = width
      canvas.width = Math.round(width * scale)
      canvas.height = Math.round(height * scale)
      pen.setTransform(scale, 0, 0, scale, 0, 0)
      this.#stale = true
    })
    const step = (): void => {
      frame = requestAnimationFrame(step)
      const now = Date.now()
      const moves = view.following || view.going
      const moved = moves && now - drawnAt >= view.span.length / Math.max(1, view.width)
      if ((!this.#stale && !moved) || view.width === 0) return
      this.#stale = false
      drawnAt = now
      this.#draw(pen, canvas, now)
    }
    const dark = matchMedia('(prefers-color-scheme: dark)')
    size.observe(canvas)
    dark.addEventListener('change', recolour)
    frame = requestAnimationFrame(step)
    return () => {
      cancelAnimationFrame(frame)
      size.disconnect()
      dark.removeEventListener('change', recolour)
    }
  }

  #draw(pen: CanvasRenderingContext2D, canvas: HTMLCanvasElement, now: number): void {
    const { lanes, span, following, width, marked } = this.#view
    const palette = (this.#palette ??= paletteOf(canvas.parentElement ?? document.body))
    const [from, to] = [startOf(span, now), endOf(span, now)]
    const pointed = { marked: marked?.seq ?? null, run: marked?.run ?? null }
    paint(pen, { lanes, from, to, now, following, width, palette, ...pointed })
  }
}
