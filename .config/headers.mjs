/**
 * The response headers Hearth is served with, for every server here and for whoever deploys it elsewhere. They go on
 * every response, workers' scripts too: a worker takes its policy from its own response.
 */

/** Makes a page cross-origin isolated, so that llama.cpp may use threads in the workers it lends. */
export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/** Nothing but what stands here: no frames, no media, no fonts, no plugins. */
const policy = {
  'default-src': ["'none'"],
  // WebAssembly compiles; strings never become code.
  'script-src': ["'self'", "'wasm-unsafe-eval'"],
  // llama.cpp's runtime starts its workers from blobs.
  'worker-src': ["'self'", 'blob:'],
  // Model hubs are https; a server of the user's own is on loopback. `blob:` is how a lent worker reads a dropped file.
  'connect-src': ["'self'", 'https:', 'http://localhost:*', 'http://127.0.0.1:*', 'blob:'],
  // No remote images: one in a model's answer could carry the conversation away in its URL.
  'img-src': ["'self'", 'blob:'],
  'manifest-src': ["'self'"],
  'style-src': ["'self'"],
  // Positions that floating elements and progress bars compute.
  'style-src-attr': ["'unsafe-inline'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'self'"],
}

export const securityHeaders = {
  ...isolationHeaders,
  'Content-Security-Policy': Object.entries(policy)
    .map(([directive, sources]) => `${directive} ${sources.join(' ')}`)
    .join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
}
