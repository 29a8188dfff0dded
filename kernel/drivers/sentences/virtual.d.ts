/** Made at build time by .config/wasm.ts. */
declare module 'virtual:sentences-wasm' {
  /** The compiled module as base64. */
  const base64: string
  export default base64
}
