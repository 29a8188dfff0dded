/** The panel's colours as a canvas wants them: looked up on a real element, because `light-dark()` is resolved only there. */
import type { Palette } from './paint.ts'

const names = {
  interactive: '--class-interactive',
  normal: '--class-normal',
  background: '--class-background',
  text: '--on-class',
  lane: '--sunk',
  line: '--line',
  dim: '--dim',
  mark: '--ink',
  bad: '--bad',
  focus: '--ember',
} as const

export function paletteOf(element: HTMLElement): Palette {
  const probe = document.createElement('span')
  probe.hidden = true
  element.append(probe)
  const style = getComputedStyle(probe)
  const look = (name: string): string => {
    probe.style.color = `var(${name})`
    return style.color
  }
  const colours = Object.fromEntries(Object.entries(names).map(([part, name]) => [part, look(name)]))
  probe.remove()
  return { ...(colours as Record<keyof typeof names, string>), font: `12px ${getComputedStyle(element).fontFamily}` }
}
