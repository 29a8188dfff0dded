/* global document */
// Before the first paint, so that nobody who chose dark is flashed with light. state/theme.svelte.ts writes it.
try {
  const theme = localStorage.getItem('hearth:theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage is refused here; the system's own choice stands.
}
