/** The page's only element of that name. */
export function find<K extends keyof HTMLElementTagNameMap>(name: K): HTMLElementTagNameMap[K] {
  const element = document.querySelector(name)
  if (!element) throw new Error(`This page has no <${name}>.`)
  return element
}
