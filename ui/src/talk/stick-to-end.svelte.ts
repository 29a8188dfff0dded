/** Keeps a scrolling box at its end while the reader is there, and leaves it alone while they read further up. */

/** Pixels from the end that still count as being there: less than a line of text. */
const SLACK = 16

export class StickToEnd {
  stuck = $state(true)
  #box: HTMLElement | undefined
  #height = 0

  readonly attach = (box: HTMLElement): (() => void) => {
    this.#box = box
    const onScroll = (): void => {
      // A box that grew has not been scrolled by anybody.
      if (box.scrollHeight !== this.#height) return
      this.stuck = box.scrollHeight - box.scrollTop - box.clientHeight < SLACK
    }
    const onWheel = (event: WheelEvent): void => {
      if (event.deltaY < 0 && box.scrollHeight > box.clientHeight) this.stuck = false
    }
    // Opening a card is reading: what was clicked stays where it is.
    const onClick = (event: MouseEvent): void => {
      if (event.target instanceof Element && event.target.closest('summary')) this.stuck = false
    }
    const observer = new ResizeObserver(() => this.#follow())
    observer.observe(box)
    for (const child of box.children) observer.observe(child)
    box.addEventListener('scroll', onScroll, { passive: true })
    box.addEventListener('wheel', onWheel, { passive: true })
    box.addEventListener('click', onClick)
    this.#follow()
    return () => {
      observer.disconnect()
      box.removeEventListener('scroll', onScroll)
      box.removeEventListener('wheel', onWheel)
      box.removeEventListener('click', onClick)
      this.#box = undefined
    }
  }

  stick(): void {
    this.stuck = true
    this.#follow()
  }

  #follow(): void {
    const box = this.#box
    if (!box) return
    this.#height = box.scrollHeight
    if (this.stuck) box.scrollTop = box.scrollHeight
    else this.stuck = box.scrollHeight - box.scrollTop - box.clientHeight < SLACK
  }
}
