/** The page's only element of that name; with `which`, such as `#ask`, the only one of those. */
export function find<K extends keyof HTMLElementTagNameMap>(name: K, which = ''): HTMLElementTagNameMap[K] {
  const element = document.querySelector<HTMLElementTagNameMap[K]>(`${name}${which}`)
  if (!element) throw new Error(`This page has no <${name}>.`)
  return element
}
