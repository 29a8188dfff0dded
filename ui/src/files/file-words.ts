/** What the panel says about files. Pure. */
import type { Principal } from '../../../sdk/index.ts'
import type { IconName } from '../parts/icons.ts'
import type { FileInfo, FileVersion } from './types.ts'

export function byWords(by: Principal, nameOf: (agent: string) => string | undefined): string {
  switch (by.kind) {
    case 'user':
      return 'you'
    case 'agent':
      return nameOf(by.id) ?? 'an agent'
    case 'app':
      return by.id
    case 'kernel':
      return 'Hearth'
  }
}

export function changeWords({ change, from }: FileVersion): string {
  switch (change) {
    case 'written':
      return 'written'
    case 'appended':
      return 'added to'
    case 'moved':
      return from ? `moved from ${from.path}` : 'moved here'
    case 'moved-away':
      return 'moved away'
    case 'restored':
      return from ? `made version ${from.version} again` : 'brought back'
    case 'deleted':
      return 'deleted'
  }
}

/** Pictures that a browser draws without running anything: SVG is a program, so it is shown as text. */
const PICTURES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp'])

export type Look = 'text' | 'picture' | 'none'

export function lookOf({ type, text }: Pick<FileInfo, 'type' | 'text'>): Look {
  if (PICTURES.has(type.split(';', 1)[0] ?? '')) return 'picture'
  return text ? 'text' : 'none'
}

export function iconOf(file: Pick<FileInfo, 'type' | 'text'>): IconName {
  const look = lookOf(file)
  return look === 'picture' ? 'picture' : look === 'text' ? 'text' : 'file'
}
