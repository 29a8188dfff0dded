/** Made at build time by .config/wasm.ts. */
declare module 'virtual:vectors-wasm' {
  /** The compiled module as base64. */
  const base64: string
  export default base64
}
