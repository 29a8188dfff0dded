/** What kind of contents a file has: by its name, and by its bytes. */
import { nameOf } from './paths.ts'

/** Only what is common; everything else is told apart by its bytes. */
const BY_EXTENSION = new Map(
  Object.entries({
    txt: 'text/plain',
    md: 'text/markdown',
    csv: 'text/csv',
    tsv: 'text/tab-separated-values',
    html: 'text/html',
    htm: 'text/html',
    css: 'text/css',
    js: 'text/javascript',
    mjs: 'text/javascript',
    ts: 'text/typescript',
    py: 'text/x-python',
    json: 'application/json',
    jsonl: 'application/jsonl',
    yaml: 'application/yaml',
    yml: 'application/yaml',
    xml: 'application/xml',
    pdf: 'application/pdf',
    zip: 'application/zip',
    gz: 'application/gzip',
    wasm: 'application/wasm',
    png: 'image/png',
    jpg: 'image/jpeg',
    jpeg: 'image/jpeg',
    gif: 'image/gif',
    webp: 'image/webp',
    avif: 'image/avif',
    svg: 'image/svg+xml',
    mp3: 'audio/mpeg',
    wav: 'audio/wav',
    ogg: 'audio/ogg',
    mp4: 'video/mp4',
    webm: 'video/webm',
  }),
)

export function mediaType(path: string, text: boolean): string {
  const name = nameOf(path)
  const dot = name.lastIndexOf('.')
  const extension = dot < 0 ? '' : name.slice(dot + 1).toLowerCase()
  return BY_EXTENSION.get(extension) ?? (text ? 'text/plain' : 'application/octet-stream')
}

/** Looks through contents piece by piece: are they valid UTF-8 without a NUL? */
export class TextCheck {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  #text = true

  add(bytes: Uint8Array): void {
    if (!this.#text) return
    if (bytes.includes(0)) this.#text = false
    else this.#try(() => this.#decoder.decode(bytes, { stream: true }))
  }

  /** To be asked once, at the end: no character may be cut there. */
  end(): boolean {
    if (this.#text) this.#try(() => this.#decoder.decode())
    return this.#text
  }

  #try(decode: () => void): void {
    try {
      decode()
    } catch {
      this.#text = false
    }
  }
}
