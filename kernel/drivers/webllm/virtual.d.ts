/** Made at build time by .config/webllm-catalogue.ts. */
declare module 'virtual:webllm-catalogue' {
  interface Row {
    readonly id: string
    /** Addresses of the weights' repository and of the compiled library. */
    readonly weights: string
    readonly library: string
    /** WebLLM's own figure: weights, KV cache and working memory. */
    readonly memoryMegabytes: number | null
    readonly contextTokens: number | null
    readonly bufferBytes: number | null
    readonly features: readonly string[]
  }
  const rows: readonly Row[]
  export default rows
  /** Models that embed. */
  export const embedders: readonly Row[]
}
