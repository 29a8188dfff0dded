/**
 * Serves the built app (dist/app) on this machine only. `node .config/serve.mjs` prints the address; tests import `serve`.
 * Not for the public internet: put the files behind any static server that sends the headers in headers.mjs.
 */
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath, pathToFileURL } from 'node:url'
import sirv from 'sirv'
import { securityHeaders } from './headers.mjs'

const builtApp = fileURLToPath(new URL('../dist/app', import.meta.url))

/** First port to try; the one `vite preview` uses as well. */
const FIRST_PORT = 4173
const PORTS_TRIED = 50

/**
 * @param {import('node:http').Server} server
 * @param {number} port
 * @returns {Promise<boolean>} false when somebody else has the port
 */
function listen(server, port) {
  return new Promise((resolve, reject) => {
    const onError = (/** @type {NodeJS.ErrnoException} */ error) => {
      server.off('listening', onListening)
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    }
    const onListening = () => {
      server.off('error', onError)
      resolve(true)
    }
    server.once('error', onError)
    server.once('listening', onListening)
    server.listen(port, '127.0.0.1')
  })
}

/**
 * @param {{ directory?: string, port?: number }} [options] `port` 0 takes any free one; left out, 4173 or the next free
 * @returns {Promise<{ url: string, close(): Promise<void> }>}
 */
export async function serve(options = {}) {
  const directory = options.directory ?? builtApp
  if (!existsSync(directory)) throw new Error(`${directory} does not exist: run "npm run build" first.`)
  const handler = sirv(directory, {
    etag: true,
    brotli: true,
    gzip: true,
    setHeaders(response, pathname) {
      for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
      if (pathname.endsWith('.gguf')) response.setHeader('Content-Type', 'application/octet-stream')
      // A name that carries the content's hash never changes its content; all others are asked for again.
      const hashed = /\/assets\/.*-[\w-]{8}\.\w+$/.test(pathname)
      response.setHeader('Cache-Control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  const server = createServer((request, response) => {
    handler(request, response, () => {
      response.writeHead(404, { ...securityHeaders, 'Content-Type': 'text/plain; charset=utf-8' })
      response.end('Not found')
    })
  })
  const wanted =
    options.port === undefined ? Array.from({ length: PORTS_TRIED }, (_, i) => FIRST_PORT + i) : [options.port]
  for (const port of wanted) {
    if (!(await listen(server, port))) continue
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The server has no port.')
    return {
      url: `http://127.0.0.1:${address.port}/`,
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    }
  }
  throw new Error(`Ports ${wanted.join(', ')} are taken. Set PORT to a free one.`)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const port = process.env['PORT']
  const { url } = await serve(port === undefined ? {} : { port: Number(port) })
  console.log(
    `\n  Hearth is at ${url}\n  Everything runs in your browser; this only hands it the files. Ctrl+C stops it.\n`,
  )
}
