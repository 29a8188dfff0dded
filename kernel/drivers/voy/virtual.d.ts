/** The part of voy-search that its own entry wraps with an import of WebAssembly, which not every runtime can do. */
declare module 'voy-search/voy_search_bg.js' {
  export * from 'voy-search'
  export function __wbg_set_wasm(exports: WebAssembly.Exports): void
}
